import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Wire } from './api';

export type Overview = Wire['Overview'];
export type Instance = Wire['OverviewInstance'];

export interface Live {
  overview: Overview | null;
  isConnected: boolean;
}

export const LiveContext = createContext<Live>({ overview: null, isConnected: false });
export const useLive = () => useContext(LiveContext);

const retryPause = 3000;

/** The overview as the server pushes it. A browser gives a refused stream up for good, so this tries again. */
export function useLiveStream(): Live {
  const [live, setLive] = useState<Live>({ overview: null, isConnected: false });
  useEffect(() => {
    let stream: EventSource;
    let timer: ReturnType<typeof setTimeout>;
    function connect(): void {
      stream = new EventSource('/admin/api/live');
      stream.onmessage = ({ data }: MessageEvent<string>) =>
        setLive({ overview: JSON.parse(data) as Overview, isConnected: true });
      stream.onerror = () => {
        setLive(({ overview }) => ({ overview, isConnected: false }));
        if (stream.readyState === EventSource.CLOSED) timer = setTimeout(connect, retryPause);
      };
    }
    connect();
    return () => {
      clearTimeout(timer);
      stream.close();
    };
  }, []);
  return live;
}
