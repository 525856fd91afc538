import type { Wire } from '../api';
import { count } from '../words';

/** What the server's choices of events mean; one that is not known here is called as the server calls it. */
const presetTexts: Partial<Record<string, string>> = {
  outcomes: 'outcomes of attempts',
  sessions: 'sessions begun and ended',
  drained: 'instances drained',
};

export const presetText = (name: string) => presetTexts[name] ?? name;

/** What a webhook is told of: choices by their names as far as they are whole, and then what is left. */
export function eventsText(events: string[], presets: Wire['WebhookPreset'][]): string {
  const whole = presets.filter((preset) => preset.events.every((name) => events.includes(name)));
  const told = new Set(whole.flatMap((preset) => preset.events));
  return [...whole.map(({ name }) => presetText(name)), ...events.filter((name) => !told.has(name))].join(', ');
}

export type Health = { label: string; tone: 'good' | 'warn' | 'bad' };

export function healthOf({ isPaused, delivery }: Wire['Webhook']): Health {
  if (isPaused) return { label: 'paused', tone: 'warn' };
  if (delivery.failures > 0) return { label: 'failing', tone: 'bad' };
  return { label: delivery.waiting > 0 ? 'delivering' : 'all delivered', tone: 'good' };
}

export const eventsCount = (n: number) => (n === 1 ? '1 event' : `${count(n)} events`);
