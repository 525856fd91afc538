import { parseFrame } from './messages';
import type { Attachment, ClientFrame, ServerFrame } from './state';

export type OpenSocket = (url: string, protocol: string) => WebSocket;

/** Opening takes a moment; a host that swallows packets would take minutes. */
const openMs = 10_000;
/** The server says something at least every 10 s. */
const silenceMs = 25_000;
/** A close without a frame, as browsers report a broken link. */
const brokenLink = 1006;

/** At most one socket to the server, and an ear for its silence. */
export interface Line {
  attach(attachment: Attachment): void;
  send(frame: ClientFrame): void;
  /** Without a code the server sees a drop, with 1000 it sees us leave. Nothing is heard afterwards. */
  drop(code?: number): void;
}

interface Listener {
  onFrame: (frame: ServerFrame) => void;
  onClosed: (code: number, reason: string) => void;
}

export function createLine(openSocket: OpenSocket, { onFrame, onClosed }: Listener): Line {
  let socket: WebSocket | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  function expectSoundWithin(ms: number): void {
    clearTimeout(silence);
    silence = setTimeout(() => end(brokenLink, ''), ms);
  }

  function end(code: number, reason: string): void {
    drop();
    onClosed(code, reason);
  }

  function drop(code?: number): void {
    clearTimeout(silence);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close(code);
    socket = undefined;
  }

  return {
    attach({ wsUrl, tokenName, token }) {
      drop();
      socket = openSocket(`${wsUrl}?${tokenName}=${encodeURIComponent(token)}`, 'gatekeeper.v1');
      expectSoundWithin(openMs);
      socket.onopen = () => expectSoundWithin(silenceMs);
      socket.onmessage = ({ data }) => {
        expectSoundWithin(silenceMs);
        const frame = parseFrame(data);
        if (frame) onFrame(frame);
      };
      // Node before 24 tells of a connection that never came about by this alone; elsewhere `close` follows at once.
      socket.onerror = () => {
        if (socket?.readyState === 0) end(brokenLink, '');
      };
      socket.onclose = ({ code, reason }) => end(code, reason);
    },
    send(frame) {
      if (socket?.readyState === 1) socket.send(JSON.stringify(frame));
    },
    drop,
  };
}
