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
/** A machine that stood still for so long has lost its line. */
const sleptMs = 25_000;
/** A close without a frame, as browsers report a broken link. */
const brokenLink = 1006;

/** At most one socket to the server, and an ear for its silence. */
export interface Line {
  attach(attachment: Attachment): void;
  /** Nothing is sent once the line is the game's. */
  send(frame: ClientFrame): void;
  /** Sends to the game; false where no game is at the other end. */
  sendToGame(data: GameFrame): boolean;
  /** Finds out within seconds whether the line still stands. */
  probe(): void;
  /** As if the link had broken. Nothing happens where there is no socket. */
  cut(): void;
  /** Without a code the server sees a drop, with 1000 it sees us leave. Nothing is heard afterwards. */
  drop(code?: number): void;
}

/** What a socket takes. */
export type GameFrame = Parameters<WebSocket['send']>[0];

interface Listener {
  onFrame: (frame: ServerFrame) => void;
  onGameFrame: (data: string | ArrayBuffer) => void;
  onClosed: (code: number, reason: string, heardAt: number) => void;
}

export function createLine(
  openSocket: OpenSocket,
  now: () => number,
  { onFrame, onGameFrame, onClosed }: Listener,
): Line {
  let socket: WebSocket | undefined;
  let look: ReturnType<typeof setTimeout> | undefined;
  let heardAt = 0;
  let isRelayed = false;

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
    if (socket?.readyState === 1 && !isRelayed) socket.send(JSON.stringify(frame));
  }

  function sendToGame(data: GameFrame): boolean {
    if (socket?.readyState !== 1 || !isRelayed) return false;
    socket.send(data);
    return true;
  }

  /** A game may be silent for as long as it likes. Only a sleep, which no line survives, is watched for. */
  function relay(open: WebSocket): void {
    isRelayed = true;
    open.binaryType = 'arraybuffer';
    open.onmessage = ({ data }) => {
      heardAt = now();
      onGameFrame(data);
    };
    watchForSleep(now());
  }

  function watchForSleep(since: number): void {
    clearTimeout(look);
    look = setTimeout(() => {
      if (now() - since >= sleptMs) end(brokenLink, '');
      else watchForSleep(now());
    }, lookMs);
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
    isRelayed = false;
  }

  return {
    attach({ wsUrl, tokenName, token }) {
      drop();
      heardAt = now();
      let open: WebSocket;
      try {
        open = socket = openSocket(`${wsUrl}?${tokenName}=${encodeURIComponent(token)}`, 'gatekeeper.v1');
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
        if (frame?.type === 'relay') relay(open);
        if (frame) onFrame(frame);
      };
      // Node before 24 tells of a connection that never came about by this alone; elsewhere `close` follows at once.
      socket.onerror = () => {
        if (socket?.readyState === 0) end(brokenLink, '');
      };
      socket.onclose = ({ code, reason }) => end(code, reason);
    },
    send,
    sendToGame,
    probe() {
      if (socket?.readyState !== 1 || isRelayed) return;
      send({ type: 'heartbeat' });
      expectSoundBy(Math.min(now() + probeMs, heardAt + silenceMs));
    },
    cut: () => end(brokenLink, ''),
    drop,
  };
}
