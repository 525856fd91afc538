import type { ComponentChildren } from 'preact';
import type { Deed, View } from '../../sdk/view';
import { Icon } from '../../ui/icon';

interface Props {
  view: View;
  onDeed: (deed: Deed) => void;
  children?: ComponentChildren;
}

/** The one shape of every state, so that a change of state moves nothing on the page. */
export function Surface({ view, onDeed, children }: Props) {
  const { kind, tone, icon, title, lead, words, notes, link, reference, figures, bar, actions } = view;
  return (
    <div class="surface" data-state={kind} data-tone={tone}>
      <div class="beacon">
        <Icon name={icon} />
      </div>
      <div class="surface-words">
        <h1>{title}</h1>
        <p class="lead">{lead}</p>
        {words && <p class="words">{words}</p>}
        {notes.map((note) => (
          <p key={note} class="aside">
            {note}
          </p>
        ))}
        {reference && (
          <p class="aside">
            {reference.label} <code>{reference.id}</code>
          </p>
        )}
        {link && (
          <p>
            <a href={link.url} rel="noreferrer">
              {link.label}
            </a>
          </p>
        )}
        {children}
      </div>
      <dl class="figures">
        {figures.map(({ value, label }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {bar && <progress class="bar" aria-label={bar.label} value={bar.value} max={bar.max} />}
      <div class="actions">
        {actions.map(({ deed, label, isPrimary, isDisabled }) => (
          <button
            key={deed}
            type="button"
            class={isPrimary ? 'primary' : ''}
            disabled={isDisabled}
            onClick={() => onDeed(deed)}
          >
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}
