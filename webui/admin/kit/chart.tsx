import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Series {
  label: string;
  values: (number | null)[];
  /** Of the page's colours. */
  tone: 'accent' | 'good' | 'warn' | 'bad' | 'ink-soft';
  isDashed?: boolean;
}

interface Props {
  title: string;
  /** How long the chart reaches back, in seconds. */
  span: number;
  times: number[];
  series: Series[];
  format?: (value: number) => string;
}

const height = 180;
const plain = (value: number) => String(Math.round(value * 10) / 10);

/** A chart over time. What it shows last is told in its legend, and all of it by a table for who cannot see it. */
export function Chart({ title, span, times, series, format = plain }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = `${span} ${series.map(({ label, tone }) => `${label} ${tone}`).join()}`;

  // Data is given by the next effect, without a new chart.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const build = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element, span, series, format), dataOf(times, series), element);
    };
    build();
    const fit = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    fit.observe(element);
    const theme = matchMedia('(prefers-color-scheme: dark)');
    theme.addEventListener('change', build);
    return () => {
      theme.removeEventListener('change', build);
      fit.disconnect();
      plot.current?.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(dataOf(times, series)), [times, series]);

  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        <ul class="plain legend">
          {series.map((s) => (
            <li key={s.label}>
              <i class={`swatch ${s.tone}`} aria-hidden="true" />
              {s.label} <b>{told(s.values, format)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={place} class="plot" aria-hidden="true" />
      {times.length === 0 && (
        <p class="hint none-yet">Nothing recorded yet. The first point comes within ten seconds.</p>
      )}
    </figure>
  );
}

function told(values: (number | null)[], format: (value: number) => string): string {
  const last = values.at(-1);
  return last === null || last === undefined ? '–' : format(last);
}

const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit' });
const moment = (at: number, span: number) => (span > 100_000 ? day : hour).format(new Date(1000 * at));

const dataOf = (times: number[], series: Series[]): uPlot.AlignedData => [times, ...series.map(({ values }) => values)];

function options(
  element: HTMLElement,
  span: number,
  series: Series[],
  format: (value: number) => string,
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const grid = { stroke: colour('edge'), width: 1 };
  const axis = { stroke: colour('ink-soft'), grid, ticks: { show: false }, font: '12px system-ui' };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: {
      // The whole span, also while there is little in it: a line that fills the chart must not look like a day.
      x: { range: () => [Date.now() / 1000 - span, Date.now() / 1000] },
      y: { range: (_, __, highest) => [0, Math.max(4, (highest || 0) * 1.08)] },
    },
    axes: [
      { ...axis, space: 70, values: (_, ticks) => ticks.map((at) => moment(at, span)) },
      { ...axis, size: 52, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...series.map(({ label, tone, isDashed }) => ({
        label,
        stroke: colour(tone),
        width: 2,
        spanGaps: false,
        points: { show: false },
        ...(isDashed ? { dash: [6, 5] } : { fill: `color-mix(in oklch, ${colour(tone)} 10%, transparent)` }),
      })),
    ],
  };
}
