import { expect, test } from 'vitest';
import type { Wire } from '../api';
import { eventsText, healthOf } from './words';

const presets = [
  { name: 'sessions', events: ['connection.admitted', 'connection.disconnected'] },
  { name: 'drained', events: ['instance.drained'] },
  { name: 'new', events: ['new.event'] },
];

test('events are told by the choices that they make up, and one by one where they do not', () => {
  expect(eventsText(['connection.admitted', 'connection.disconnected', 'queue.'], presets)).toBe(
    'sessions begun and ended, queue.',
  );
  expect(eventsText(['connection.admitted', 'instance.drained'], presets)).toBe(
    'instances drained, connection.admitted',
  );
  expect(eventsText(['new.event'], presets)).toBe('new');
});

test('the health of a webhook is the worst that is true of it', () => {
  const hook = (isPaused: boolean, failures: number, waiting: number) =>
    healthOf({ isPaused, delivery: { failures, waiting } } as Wire['Webhook']).label;
  expect(hook(true, 3, 5)).toBe('paused');
  expect(hook(false, 3, 5)).toBe('failing');
  expect(hook(false, 0, 5)).toBe('delivering');
  expect(hook(false, 0, 0)).toBe('all delivered');
});
