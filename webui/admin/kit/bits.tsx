import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Answer } from '../api';
import { states } from '../words';

export function Card({
  title,
  children,
  actions,
}: {
  title: string;
  children: ComponentChildren;
  actions?: ComponentChildren;
}) {
  return (
    <section class="card" aria-label={title}>
      <header class="card-head">
        <h2>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  );
}

export function StatePill({ state }: { state: keyof typeof states }) {
  return <span class={`pill ${states[state].tone}`}>{states[state].label}</span>;
}

export function Figure({ label, value, note }: { label: string; value: string; note?: string }) {
  return (
    <div class="figure">
      <small class="hint">{label}</small>
      <b>{value}</b>
      <small class="hint">{note}</small>
    </div>
  );
}

/** Carries out a deed, tells of it, and holds the buttons meanwhile. */
export function useDeed(): {
  isBusy: boolean;
  said: { text: string; isError: boolean };
  run: <T>(deed: () => Promise<Answer<T>>, done: string) => Promise<Answer<T>>;
} {
  const [isBusy, setBusy] = useState(false);
  const [said, say] = useState({ text: '', isError: false });
  async function run<T>(deed: () => Promise<Answer<T>>, done: string): Promise<Answer<T>> {
    setBusy(true);
    const answer = await deed();
    setBusy(false);
    say(answer.ok ? { text: done, isError: false } : { text: answer.detail, isError: true });
    return answer;
  }
  return { isBusy, said, run };
}

/** Keeps its line also while there is nothing to say, so that the page does not jump. */
export function Said({ said }: { said: { text: string; isError: boolean } }) {
  return (
    <p class={said.isError ? 'said bad' : 'said good'} role={said.isError ? 'alert' : 'status'}>
      {said.text}
    </p>
  );
}

export function Input(props: {
  label: string;
  value: string | number;
  onChange: (value: string) => void;
  type?: string;
  hint?: string;
  min?: number;
  max?: number;
  step?: number | 'any';
  maxLength?: number;
  /** What a text must look like, and how that is told. */
  pattern?: string;
  title?: string;
  required?: boolean;
  disabled?: boolean;
  autoComplete?: string;
}) {
  const { label, hint, onChange, type = 'text', ...rest } = props;
  const id = useId();
  return (
    <div class="input">
      <label for={id}>{label}</label>
      <input
        {...rest}
        id={id}
        // Preact types each kind of input on its own; these take the same attributes.
        type={type as 'text'}
        spellcheck={false}
        aria-describedby={hint && `${id}-hint`}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {hint && (
        <small id={`${id}-hint`} class="hint">
          {hint}
        </small>
      )}
    </div>
  );
}

export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
  disabled,
}: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div class="input">
      <label for={id}>{label}</label>
      <select id={id} value={value} disabled={disabled} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Tick({
  label,
  value,
  onChange,
  disabled,
}: {
  label: string;
  value: boolean;
  onChange: (value: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
