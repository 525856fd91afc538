import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { plain } from '../words';

export interface Series {
  label: string;
  values: (number | null)[];
  /** Of the page's colours. */
  tone: 'accent' | 'good' | 'warn' | 'bad' | 'ink-soft';
  isDashed?: boolean;
  /** How values are drawn; a line unless told. */
  mark?: 'points' | 'both';
  /** What the legend tells; the last value unless told, nothing where it is empty. */
  told?: string;
}

interface Props {
  title: string;
  /** In ascending order. */
  xs: number[];
  series: Series[];
  /** From where to where, asked again at each drawing; as far as there are values unless told. */
  range?: () => [number, number];
  formatX: (x: number) => string;
  /** The horizontal axis is the calendar, in seconds since 1970. */
  isCalendar?: boolean;
  format?: (value: number) => string;
  /** Between which values the marks of the axes may lie apart, where tens are unusual. */
  steps?: number[];
  stepsX?: number[];
  /** The axis reaches up to here at least: little must not look like much. */
  least?: number;
  /** What stands where there is nothing to draw. */
  empty?: string;
  /** How the horizontal axis is called. With it all of the values can be read as a table. */
  name?: string;
  /** In pixels. */
  height?: number;
}

const usualHeight = 180;

/** A drawing of values. It is not for everybody's eyes: the legend tells it in short, and a table at length. */
export function Plot(props: Props) {
  const { title, xs, series, format = plain, empty, name, height = usualHeight } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const shape = series.map(({ label, tone, mark, isDashed }) => `${label} ${tone} ${mark} ${isDashed}`).join();

  // Data is given by the next effect, without a new drawing.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const build = () => {
      plot.current?.destroy();
      plot.current = new uPlot(
        options(element, () => newest.current),
        dataOf(newest.current),
        element,
      );
    };
    build();
    const fit = new ResizeObserver(() => plot.current?.setSize(sizeIn(element, newest.current)));
    fit.observe(element);
    // Also when it is printed: paper is light.
    const theme = matchMedia('screen and (prefers-color-scheme: dark)');
    theme.addEventListener('change', build);
    return () => {
      theme.removeEventListener('change', build);
      fit.disconnect();
      plot.current?.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(dataOf(newest.current)), [xs, series]);

  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        <ul class="plain legend">
          {series.map((s) => (
            <li key={s.label}>
              <i class={`swatch ${s.tone}`} aria-hidden="true" />
              {s.label} <b>{s.told ?? told(s.values.at(-1), format)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={place} class="plot" style={{ minHeight: `${height}px` }} aria-hidden="true" />
      {xs.length === 0 && empty && <p class="hint none-yet">{empty}</p>}
      {xs.length > 0 && name && <AsTable {...props} name={name} />}
    </figure>
  );
}

function told(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}

const longestTable = 24;

/** The values themselves, evenly chosen where there are too many to be read. */
function AsTable({ title, xs, series, formatX, format = plain, name }: Props & { name: string }) {
  const pace = Math.max(1, (xs.length - 1) / (longestTable - 1));
  const rows = Array.from({ length: Math.min(xs.length, longestTable) }, (_, i) => Math.round(i * pace));
  return (
    <details class="as-table">
      <summary>
        As a table<span class="unseen">: {title}</span>
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            {series.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              <th scope="row">{formatX(xs[row] ?? 0)}</th>
              {series.map(({ label, values }) => (
                <td key={label}>{told(values[row], format)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

const sizeIn = (element: HTMLElement, { height = usualHeight }: Props) => ({ width: element.clientWidth, height });

const dataOf = ({ xs, series }: Props): uPlot.AlignedData => [xs, ...series.map(({ values }) => values)];

function options(element: HTMLElement, newest: () => Props): uPlot.Options {
  const { series, range, isCalendar = false, steps, stepsX, least = 4 } = newest();
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const grid = { stroke: colour('edge'), width: 1 };
  const axis = { stroke: colour('ink-soft'), grid, ticks: { show: false }, font: '12px system-ui' };
  return {
    ...sizeIn(element, newest()),
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: {
      x: { time: isCalendar, ...(range && { range: () => newest().range?.() ?? [0, 1] }) },
      y: { range: (_, __, highest) => [0, Math.max(least, (highest || 0) * 1.08)] },
    },
    axes: [
      {
        ...axis,
        space: 70,
        size: 32,
        ...(stepsX && { incrs: stepsX }),
        values: (_, ticks) => ticks.map((x) => newest().formatX(x)),
      },
      {
        ...axis,
        size: 52,
        ...(steps && { incrs: steps }),
        values: (_, ticks) => ticks.map((value) => (newest().format ?? plain)(value)),
      },
    ],
    series: [{}, ...series.map((one) => drawn(one, colour(one.tone)))],
  };
}

function drawn({ label, isDashed, mark }: Series, stroke: string): uPlot.Series {
  const line = {
    label,
    stroke,
    width: 2,
    spanGaps: false,
    points: { show: mark !== undefined, size: 6, fill: stroke },
  };
  if (mark === 'points') return { ...line, paths: () => null };
  if (isDashed) return { ...line, dash: [6, 5] };
  return { ...line, fill: `color-mix(in oklch, ${stroke} 10%, transparent)` };
}
