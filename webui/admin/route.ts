import { useEffect, useState } from 'preact/hooks';

/** Where the operator is: `#/instances/main?x=y` is page `instances`, id `main`. */
export interface Route {
  page: string;
  id: string;
  search: URLSearchParams;
}

function read(): Route {
  const [path = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [page = '', id = ''] = path.split('/');
  return { page: page || 'overview', id: decodeURIComponent(id), search: new URLSearchParams(search) };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const changed = () => setRoute(read());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}

export function href(page: string, id = '', search: Record<string, string> = {}): string {
  const text = new URLSearchParams(search).toString();
  return `#/${page}${id && `/${encodeURIComponent(id)}`}${text && `?${text}`}`;
}
