import { useId } from 'preact/hooks';

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: 'text' | 'password';
  hint?: string;
  minLength?: number;
  maxLength?: number;
  autoComplete?: string;
}

export function Field({ label, value, onChange, type = 'text', hint, minLength, maxLength, autoComplete }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        // Preact types each kind of input on its own; these two take the same attributes.
        type={type as 'text'}
        value={value}
        required
        minLength={minLength}
        maxLength={maxLength}
        autoComplete={autoComplete}
        autoCapitalize="none"
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

/** Keeps its line also while there is nothing to say, so that the page does not jump. */
export function FormError({ text }: { text: string }) {
  return (
    <p class="form-error" role="alert">
      {text}
    </p>
  );
}
