import { Plot, type Series } from './plot';

interface Props {
  title: string;
  /** How long the chart reaches back, in seconds. */
  span: number;
  times: number[];
  series: Series[];
  format?: (value: number) => string;
}

/** A chart of how things were until now. */
export function Chart({ span, times, ...rest }: Props) {
  // The whole span, also while there is little in it: a line that fills the chart must not look like a day.
  const range = (): [number, number] => [Date.now() / 1000 - span, Date.now() / 1000];
  return (
    <Plot
      {...rest}
      xs={times}
      isCalendar
      range={range}
      formatX={(at) => (span > 100_000 ? day : hour).format(new Date(1000 * at))}
      empty="Nothing recorded yet. The first point comes within ten seconds."
    />
  );
}

const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit' });
