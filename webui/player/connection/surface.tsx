import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from '../../ui/icon';

export interface Figure {
  value: string;
  label: string;
}

interface Props {
  kind: string;
  tone: 'calm' | 'busy' | 'good' | 'warn' | 'bad';
  icon: IconName;
  title: string;
  lead: string;
  /** What changes while one looks at it: never announced, or a screen reader would talk all the time. */
  figures?: Figure[];
  bar?: { label: string; value: number; max: number };
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

/** The one shape of every state, so that a change of state moves nothing on the page. */
export function Surface({ kind, tone, icon, title, lead, figures = [], bar, children, actions }: Props) {
  return (
    <div class="surface" data-state={kind} data-tone={tone}>
      <div class="beacon">
        <Icon name={icon} />
      </div>
      <div class="surface-words">
        <h2>{title}</h2>
        <p class="lead">{lead}</p>
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
      <div class="actions">{actions}</div>
    </div>
  );
}
