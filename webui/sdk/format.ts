/** Times and spans as people read them, in the language of the texts. */
import type { Texts } from '../texts';

/** A countdown or a stopwatch: 9 s · 1:05 min · 2:03:09 h. */
export function duration(seconds: number, { units }: Texts): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} ${units.seconds}`;
  const pad = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h === 0 ? `${m}:${pad(s)} ${units.minutes}` : `${h}:${pad(m)}:${pad(s)} ${units.hours}`;
}

/** A wait that nobody can know exactly: 20–50 s · 6–11 min · 1.5–3 h. Never shorter than what was told. */
export function span(lowerSeconds: number, upperSeconds: number, texts: Texts): string {
  const [unit, seconds, step] = scale(upperSeconds);
  const lower = Math.floor(lowerSeconds / seconds / step) * step;
  const upper = Math.max(step, Math.ceil(upperSeconds / seconds / step) * step);
  const { format } = new Intl.NumberFormat(texts.code, { maximumFractionDigits: 1 });
  const range = lower > 0 && lower < upper ? `${format(lower)}–${format(upper)}` : `≤ ${format(upper)}`;
  return `${range} ${texts.units[unit]}`;
}

function scale(upperSeconds: number): [unit: keyof Texts['units'], seconds: number, step: number] {
  if (upperSeconds < 90) return ['seconds', 1, 10];
  return upperSeconds < 2 * 3600 ? ['minutes', 60, 1] : ['hours', 3600, 0.5];
}

/** A time of day: 20:14. */
export function clock(at: number, { code }: Texts): string {
  return new Intl.DateTimeFormat(code, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
}
