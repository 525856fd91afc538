import { describe, expect, test } from 'vitest';
import { en, languages, loadTexts, type Texts } from '../texts';
import { start, states } from './examples';
import { clock, duration, span } from './format';
import type { ConnectionState, FailureReason, Queued } from './state';
import { type Scene, viewOf } from './view';

const minute = 60_000;
const queued = states['queued, open'] as Queued;

function scene(changes: Partial<Scene> = {}): Scene {
  const now = start + 5_000;
  return { now, texts: en, where: 'main', who: 'Ana', offersConnect: false, offersPlay: false, ...changes };
}

describe.each(languages)('in %s', (code) => {
  test.each(Object.keys(states))('%s has a title, a lead, a way on, and no hole', async (name) => {
    const texts = await loadTexts(code);
    const view = viewOf(states[name as keyof typeof states], scene({ texts, offersConnect: true, offersPlay: true }));
    expect(view.title.length).toBeGreaterThan(1);
    expect(view.lead.length).toBeGreaterThan(1);
    expect(view.actions.length).toBeGreaterThan(0);
    expect(JSON.stringify(view)).not.toMatch(/undefined|NaN|null is/);
  });
});

describe('the queue', () => {
  const view = (state: Partial<Queued>, changes?: Partial<Scene>) => viewOf({ ...queued, ...state }, scene(changes));

  test('tells the wait as a range, or that nobody can know', () => {
    expect(view({}).figures[2]).toEqual({ value: '–', label: 'wait not known yet' });
    const known = view({ estimatedWaitSeconds: 400, estimatedWaitUpperSeconds: 640 });
    expect(known.figures[2]).toEqual({ value: '6–11 min', label: 'expected wait' });
  });

  test('shows the way since joining', () => {
    const moved = view({ firstPosition: 12, position: 3 }, { now: start + 95_000 });
    expect(moved.bar).toMatchObject({ value: 9, max: 12 });
    expect(moved.notes.at(-1)).toBe('Waiting for 1:35 min. Moved up 9 places so far.');
  });

  test('explains a rank that stands still: nobody left', () => {
    const later = { now: start + 3 * minute + 20_000 };
    expect(view({}, later).notes[0]).toContain('Nobody has left for 3 min');
    expect(view({ movedAt: start + 3 * minute }, later).notes[0]).not.toContain('Nobody has left');
  });

  test('explains a rank that stands still: nobody is let in', () => {
    const later = { now: start + 3 * minute };
    const maintenance = view({ notice: { kind: 'maintenance', message: 'New maps' } }, later);
    expect(maintenance).toMatchObject({ lead: en.connection.notices.maintenance, words: 'New maps' });
    const silent = view({ isGameServerSilent: true }, later);
    expect(silent.lead).toBe(en.connection.notices.silent);
    for (const { notes } of [maintenance, silent]) expect(notes.join()).not.toContain('Nobody has left');
  });

  test('says when the line is gone, and when it is kept by asking', () => {
    const lost = view({ link: { ...queued.link, step: 'waitingToAttach', tries: 1 } });
    expect(lost).toMatchObject({ tone: 'warn', lead: en.connection.queued.linkLost });
    const polling = viewOf(states['queued, waiting to poll'], scene());
    expect(polling.tone).toBe('busy');
    expect(polling.notes).toContain(en.connection.queued.polling);
  });
});

describe('a failure', () => {
  const view = (reason: FailureReason, changes: object = {}) =>
    viewOf({ ...states['failed, may retry'], reason, ...changes } as ConnectionState, scene());

  test('offers to try again only where that can help', () => {
    const deeds = (reason: FailureReason, retryable: boolean) =>
      view(reason, { retryable }).actions.map(({ deed }) => deed);
    expect(deeds('UNREACHABLE', true)).toEqual(['connect', 'leave']);
    expect(deeds('CHARACTER_SUSPENDED', false)).toEqual(['leave']);
    expect(deeds('VERSION_MISMATCH', false)).toEqual(['reload', 'leave']);
  });

  test('counts down, and opens the way at the end', () => {
    const locked = view('RATE_LIMITED', { retryAt: start + 47_000, retryable: true });
    expect(locked.figures).toEqual([{ value: '42 s', label: 'try again in' }]);
    expect(locked.actions[0]).toMatchObject({ deed: 'connect', isDisabled: true });
    expect(view('RATE_LIMITED', { retryable: true }).actions[0]).toMatchObject({ isDisabled: false });
  });

  test('gives the operator’s words, not the server’s', () => {
    expect(view('MAINTENANCE', { message: 'Back at eight' }).words).toBe('Back at eight');
    expect(view('QUEUE_FULL', { message: 'the queue is full' }).words).toBe('');
  });

  test('links to the update, but never to a script', () => {
    expect(view('VERSION_MISMATCH', { updateUrl: 'https://get.it' }).link?.url).toBe('https://get.it');
    expect(view('VERSION_MISMATCH', { updateUrl: 'javascript:alert(1)' }).link).toBeNull();
  });
});

describe('spans', () => {
  const german: Texts = { ...en, code: 'de', units: { seconds: 's', minutes: 'min', hours: 'Std.' } };

  test.each([
    [0, 7, '≤ 10 s'],
    [12, 50, '10–50 s'],
    [20, 95, '≤ 2 min'],
    [400, 640, '6–11 min'],
    [3_000, 9_100, '0,5–3 Std.'],
    [5_500, 9_000, '1,5–2,5 Std.'],
  ])('%i to %i seconds: %s', (lower, upper, expected) => {
    expect(span(lower, upper, german)).toBe(expected);
  });

  test.each([
    [-3, '0 s'],
    [59.9, '59 s'],
    [65, '1:05 min'],
    [7_389, '2:03:09 h'],
  ])('%d seconds on the clock: %s', (seconds, expected) => {
    expect(duration(seconds, en)).toBe(expected);
  });

  test('the time of day has 24 hours', () => {
    for (const texts of [german, en]) expect(clock(new Date(2026, 0, 1, 20, 14).getTime(), texts)).toBe('20:14');
  });
});
