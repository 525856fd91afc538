import { parseFrame } from './messages';
import type { Attachment, ClientFrame, ServerFrame } from './state';

export type OpenSocket = (url: string, protocol: string) => WebSocket;

/** Opening takes a moment; a host that swallows packets would take minutes. */
const openMs = 10_000;
/** The server says something at least every 10 s. */
const silenceMs = 25_000;
/** It answers a heartbeat at once. */
const probeMs = 5_000;
/** Timers stand still while a machine sleeps, the clock does not: it is looked at this often. */
const lookMs = 5_000;
/** A close without a frame, as browsers report a broken link. */
const brokenLink = 1006;

/** At most one socket to the server, and an ear for its silence. */
export interface Line {
  attach(attachment: Attachment): void;
  send(frame: ClientFrame): void;
  /** Finds out within seconds whether the line still stands. */
  probe(): void;
  /** As if the link had broken. Nothing happens where there is no socket. */
  cut(): void;
  /** Without a code the server sees a drop, with 1000 it sees us leave. Nothing is heard afterwards. */
  drop(code?: number): void;
}

interface Listener {
  onFrame: (frame: ServerFrame) => void;
  onClosed: (code: number, reason: string, heardAt: number) => void;
}

export function createLine(openSocket: OpenSocket, now: () => number, { onFrame, onClosed }: Listener): Line {
  let socket: WebSocket | undefined;
  let look: ReturnType<typeof setTimeout> | undefined;
  let heardAt = 0;

  function expectSoundBy(deadline: number): void {
    clearTimeout(look);
    const left = deadline - now();
    look = setTimeout(
      () => {
        if (now() >= deadline) end(brokenLink, '');
        else expectSoundBy(deadline);
      },
      Math.min(left, lookMs),
    );
  }

  function heard(): void {
    heardAt = now();
    expectSoundBy(heardAt + silenceMs);
  }

  function send(frame: ClientFrame): void {
    if (socket?.readyState === 1) socket.send(JSON.stringify(frame));
  }

  function end(code: number, reason: string): void {
    if (!socket) return;
    drop();
    onClosed(code, reason, heardAt);
  }

  function drop(code?: number): void {
    clearTimeout(look);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close(code);
    socket = undefined;
  }

  return {
    attach({ wsUrl, tokenName, token }) {
      drop();
      heardAt = now();
      try {
        socket = openSocket(`${wsUrl}?${tokenName}=${encodeURIComponent(token)}`, 'gatekeeper.v1');
      } catch {
        // A page on HTTPS may not even try a socket without TLS.
        look = setTimeout(() => onClosed(brokenLink, '', heardAt));
        return;
      }
      expectSoundBy(heardAt + openMs);
      socket.onopen = heard;
      socket.onmessage = ({ data }) => {
        heard();
        const frame = parseFrame(data);
        if (frame) onFrame(frame);
      };
      // Node before 24 tells of a connection that never came about by this alone; elsewhere `close` follows at once.
      socket.onerror = () => {
        if (socket?.readyState === 0) end(brokenLink, '');
      };
      socket.onclose = ({ code, reason }) => end(code, reason);
    },
    send,
    probe() {
      if (socket?.readyState !== 1) return;
      send({ type: 'heartbeat' });
      expectSoundBy(Math.min(now() + probeMs, heardAt + silenceMs));
    },
    cut: () => end(brokenLink, ''),
    drop,
  };
}
