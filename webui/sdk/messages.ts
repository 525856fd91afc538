import type { ConnectOutcome, QueueStatus, ServerFrame } from './state';

const outcomes: readonly string[] = ['admitted', 'queued', 'failed', 'timeout'] satisfies ConnectOutcome['outcome'][];
const places: readonly string[] = ['queued', 'admitted', 'active', 'grace', 'none'] satisfies QueueStatus['state'][];
const frames: readonly string[] = [
  'queued',
  'admitted',
  'notice',
  'heartbeat',
  'error',
  'relay',
] satisfies ServerFrame['type'][];

/** Null for what is no outcome: an error page of a proxy, say. */
export function asOutcome(value: unknown): ConnectOutcome | null {
  return outcomes.includes(tag(value, 'outcome')) ? (value as ConnectOutcome) : null;
}

/** Null for what is no status. */
export function asStatus(value: unknown): QueueStatus | null {
  return places.includes(tag(value, 'state')) ? (value as QueueStatus) : null;
}

/** Null for a frame that this version does not know; newer servers may send some. */
export function parseFrame(text: unknown): ServerFrame | null {
  if (typeof text !== 'string') return null;
  try {
    const value: unknown = JSON.parse(text);
    return frames.includes(tag(value, 'type')) ? (value as ServerFrame) : null;
  } catch {
    return null;
  }
}

function tag(value: unknown, name: string): string {
  if (typeof value !== 'object' || value === null) return '';
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' ? found : '';
}
