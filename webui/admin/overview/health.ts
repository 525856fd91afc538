import type { Instance } from '../live';

/** One word for how an instance is, the worst first. */
export function health(instance: Instance, isStorageOk: boolean): { tone: 'good' | 'warn' | 'bad'; text: string } {
  if (instance.state === 'closed') return { tone: 'warn', text: 'Closed' };
  if (!isStorageOk) return { tone: 'bad', text: 'Nothing can be saved' };
  if (instance.gameServer.state === 'silent') return { tone: 'bad', text: 'Game server silent' };
  if ((instance.failures.TIMEOUT ?? 0) > 0) return { tone: 'bad', text: 'Attempts time out' };
  if (instance.state !== 'open') return { tone: 'warn', text: 'Takes nobody new' };
  if (instance.queueMax > 0 && instance.queueDepth >= instance.queueMax) return { tone: 'warn', text: 'Queue full' };
  if (instance.seatsTaken >= instance.capacity) return { tone: 'warn', text: 'Full' };
  return { tone: 'good', text: 'All well' };
}
