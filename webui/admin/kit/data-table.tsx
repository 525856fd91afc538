import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Column<Row> {
  key: string;
  title: string;
  cell: (row: Row) => ComponentChildren;
  /** The server can sort by its key. */
  canSort?: boolean;
  /** Left out where the page is narrow. */
  isExtra?: boolean;
}

export interface Page<Row> {
  rows: Row[];
  total: number;
}

export interface Wish {
  search: string;
  sort: string;
  order: string;
  offset: number;
  limit: number;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  id: (row: Row) => string;
  load: (wish: Wish) => Promise<Page<Row> | null>;
  sort: string;
  /** Changes when the rows may have changed. */
  version: unknown;
  empty: string;
}

const rowHeight = 48;
const ahead = 20;
const windowSize = 60;
/** How often a change is looked at, at most. */
const pause = 1000;

/** A live table of which only the part in view is asked for and drawn, so that its length costs nothing. */
export function DataTable<Row>({ label, columns, id, load, sort: firstSort, version, empty }: Props<Row>) {
  const [search, setSearch] = useState('');
  const [order, setOrder] = useState({ sort: firstSort, isDescending: false });
  const [top, setTop] = useState(0);
  const [shown, setShown] = useState<Page<Row> & { offset: number }>({ rows: [], total: -1, offset: 0 });
  const asked = useRef(0);
  const rows = useRef<HTMLElement>(null);

  const refresh = useCallback(async () => {
    const turn = ++asked.current;
    const offset = Math.max(0, top - ahead);
    const page = await load({
      search,
      sort: order.sort,
      order: order.isDescending ? 'desc' : 'asc',
      offset,
      limit: windowSize + 2 * ahead,
    });
    if (page && turn === asked.current) setShown({ ...page, offset });
  }, [load, search, order, top]);

  useEffect(() => {
    const timer = setTimeout(refresh, search ? 200 : 0);
    return () => clearTimeout(timer);
  }, [refresh, search]);
  useThrottled(refresh, version);

  const total = Math.max(0, shown.total);
  return (
    <div class="data-table">
      <div class="table-tools">
        <input
          type="search"
          placeholder="Search a name or an id"
          aria-label={`Search ${label}`}
          value={search}
          onInput={(event) => {
            setSearch(event.currentTarget.value);
            setTop(0);
            rows.current?.scrollTo(0, 0);
          }}
        />
        <span role="status">{shown.total < 0 ? '' : total === 1 ? '1 row' : `${total} rows`}</span>
      </div>
      <section
        class="rows"
        ref={rows}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={`Rows of ${label}`}
        onScroll={(event) => {
          const first = Math.floor(event.currentTarget.scrollTop / rowHeight);
          if (Math.abs(first - top) >= ahead / 2) setTop(first);
        }}
      >
        <table aria-rowcount={total}>
          <thead>
            <tr>
              {columns.map((column) => (
                <Head key={column.key} column={column} order={order} onOrder={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            <Gap columns={columns.length} rows={shown.offset} />
            {shown.rows.map((row, i) => (
              <tr key={id(row)} aria-rowindex={shown.offset + i + 1}>
                {columns.map((column) => (
                  <td key={column.key} class={column.isExtra ? 'extra' : undefined}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
            <Gap columns={columns.length} rows={total - shown.offset - shown.rows.length} />
          </tbody>
        </table>
        {shown.total === 0 && <p class="hint none-yet">{search ? 'Nothing found.' : empty}</p>}
      </section>
    </div>
  );
}

function Head<Row>({
  column,
  order,
  onOrder,
}: {
  column: Column<Row>;
  order: { sort: string; isDescending: boolean };
  onOrder: (order: { sort: string; isDescending: boolean }) => void;
}) {
  const isSorted = order.sort === column.key;
  const sorted = !isSorted ? 'none' : order.isDescending ? 'descending' : 'ascending';
  return (
    <th scope="col" class={column.isExtra ? 'extra' : undefined} aria-sort={column.canSort ? sorted : undefined}>
      {column.canSort ? (
        <button
          type="button"
          class="quiet small"
          onClick={() => onOrder({ sort: column.key, isDescending: isSorted && !order.isDescending })}
        >
          {column.title}
          <span aria-hidden="true">{isSorted ? (order.isDescending ? ' ↓' : ' ↑') : ''}</span>
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

/** Stands for rows that are not drawn. */
function Gap({ columns, rows }: { columns: number; rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="gap" style={{ height: `${rows * rowHeight}px` }}>
      <td colSpan={columns} />
    </tr>
  );
}

/** Calls soon after a change, and not more often than once in a pause, nor while the page is hidden. */
function useThrottled(act: () => void, version: unknown): void {
  const last = useRef(0);
  const seen = useRef(version);
  const newest = useRef(act);
  newest.current = act;
  useEffect(() => {
    if (seen.current === version) return;
    seen.current = version;
    const timer = setTimeout(
      () => {
        if (document.hidden) return;
        last.current = Date.now();
        newest.current();
      },
      Math.max(0, last.current + pause - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [version]);
}
