/** Carries out what the machine decides, with the browser's fetch, sockets, timers and storage. */
import { fullJitterMs, reconnectBackOff } from './backoff';
import { createAsker, createCaller, type Fetch, type GetToken } from './http';
import { createLine, type GameFrame, type OpenSocket } from './line';
import { reduce } from './machine';
import { type ConnectionState, type Effect, initialState, type Unstamped } from './state';
import { impossible } from './step';
import { type KeyValueStore, type PlaceStore, placeStore, tabStore } from './storage';

export interface Options {
  /** Origin of the gatekeeper; the page's own when left out. */
  url?: string;
  instanceId: string;
  clientBuild: string;
  /** The player token, or null where nobody is logged in. Asked for at each call. */
  getToken: GetToken;
  /** For tests, and for programs that are no page; the browser's own when left out. */
  surroundings?: Partial<Surroundings>;
}

export interface Surroundings {
  fetch: Fetch;
  openSocket: OpenSocket;
  store: KeyValueStore;
  /** Where a page tells that it is shown, hidden, on or off the network; undefined where there is no page. */
  page: Page | undefined;
  now: () => number;
  random: () => number;
}

/** The part of a browser's window that is listened to. */
export interface Page extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  document: EventTarget & Pick<Document, 'visibilityState'>;
}

/** A player's connection to one instance. */
export interface Gatekeeper {
  state(): ConnectionState;
  /** Tells the present state at once and every change after it. Returns the way to stop. */
  subscribe(listener: (state: ConnectionState) => void): () => void;
  /** Without a character, the account's active one. */
  connect(characterId?: string): void;
  confirmReplacement(): void;
  declineReplacement(): void;
  /** Gives the seat or the queue place up; puts a failure away. */
  leave(): void;
  /**
   * The signed proof for the game server, good for at least 15 s more: an older one is renewed first.
   * Rejects where there is no seat, or none again within 15 s, and for an older one where the game is relayed: there
   * the game has a ticket of its own, and another attach would cost the player the game.
   */
  ticket(): Promise<string>;
  /**
   * To the game itself, where the instance relays: from the moment on that the state says `isRelayed`. False, and nothing
   * sent, at any other.
   */
  send(data: GameFrame): boolean;
  /** Hears the game itself, where the instance relays. Listen before you connect: a game may speak first. */
  listen(listener: (data: string | ArrayBuffer) => void): () => void;
  /** Lets go without leaving, as a closed tab would: the place is held for the grace. */
  dispose(): void;
}

/** A ticket is good for 60 s. */
const freshMs = 45_000;
const renewMs = 15_000;

/** Resumes by itself where this tab held a place on the instance before. */
export function createGatekeeper(options: Options): Gatekeeper {
  const surroundings = { ...browser(), ...options.surroundings };
  const { now, store } = surroundings;
  const place = placeStore(store, originOf(options), options.instanceId);
  const listeners = new Set<(state: ConnectionState) => void>();
  let state: ConnectionState = initialState;
  const gameListeners = new Set<(data: string | ArrayBuffer) => void>();
  const hands = createHands(options, surroundings, place, dispatch, (data) => {
    for (const listener of [...gameListeners]) listener(data);
  });

  function dispatch(event: Unstamped): void {
    const step = reduce(state, { ...event, at: now() });
    if (step.state === state && step.effects.length === 0) return;
    hands.stopTimer();
    const isNew = step.state !== state;
    state = step.state;
    step.effects.forEach(hands.carryOut);
    if (isNew) for (const listener of [...listeners]) listener(state);
  }

  function subscribe(listener: (state: ConnectionState) => void): () => void {
    listeners.add(listener);
    listener(state);
    return () => void listeners.delete(listener);
  }

  function listen(listener: (data: string | ArrayBuffer) => void): () => void {
    gameListeners.add(listener);
    return () => void gameListeners.delete(listener);
  }

  function ticket(): Promise<string> {
    const isFresh = () => state.kind === 'admitted' && now() - state.ticketAt < freshMs;
    if (state.kind === 'admitted' && state.isRelayed && !isFresh()) {
      return Promise.reject(new Error('the game has a ticket of its own'));
    }
    if (!isFresh()) dispatch({ type: 'renew' });
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => settle(() => reject(new Error('no ticket in time'))), renewMs);
      const listener = (): void => {
        if (state.kind === 'admitted' && isFresh()) settle(resolve.bind(null, state.ticket));
        else if (!('sessionId' in state)) settle(() => reject(new Error('no seat, no ticket')));
      };
      function settle(end: () => void): void {
        clearTimeout(deadline);
        listeners.delete(listener);
        end();
      }
      subscribe(listener);
    });
  }

  const found = place.load();
  if (found) {
    place.hold();
    dispatch({ type: 'resume', ...found });
  }

  return {
    state: () => state,
    subscribe,
    connect: (characterId) => dispatch({ type: 'connect', request: { characterId: characterId ?? null } }),
    confirmReplacement: () => dispatch({ type: 'confirm' }),
    declineReplacement: () => dispatch({ type: 'decline' }),
    leave: () => dispatch({ type: 'leave' }),
    ticket,
    send: hands.sendToGame,
    listen,
    dispose() {
      listeners.clear();
      gameListeners.clear();
      hands.letGo();
    },
  };
}

/** What does the effects. */
interface Hands {
  carryOut(effect: Effect): void;
  sendToGame(data: GameFrame): boolean;
  stopTimer(): void;
  letGo(): void;
}

function createHands(
  options: Options,
  { fetch, openSocket, page, now, random }: Surroundings,
  place: PlaceStore,
  dispatch: (event: Unstamped) => void,
  onGameFrame: (data: string | ArrayBuffer) => void,
): Hands {
  const { instanceId, clientBuild, getToken } = options;
  const caller = createCaller(originOf(options), fetch, getToken);
  const asker = createAsker(caller, instanceId, clientBuild, dispatch);
  const line = createLine(openSocket, now, {
    onFrame: (frame) => dispatch({ type: 'frame', frame }),
    onGameFrame,
    onClosed: (code, reason, heardAt) => dispatch({ type: 'closed', code, reason, heardAt }),
  });
  const stopWatching = watchPage(page, {
    look() {
      line.probe();
      dispatch({ type: 'wake' });
    },
    probe: line.probe,
    hide: place.letGo,
    restore() {
      place.hold();
      line.cut();
    },
  });
  let timer: ReturnType<typeof setTimeout> | undefined;

  function wakeIn(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => dispatch({ type: 'wake' }), ms);
  }

  function hangUp(): void {
    asker.abandon();
    line.send({ type: 'leave' });
    line.drop(1000);
  }

  function carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'connect':
        return asker.connect(effect);
      case 'poll':
        return asker.poll(effect.characterId);
      case 'attach':
        return line.attach(effect.attachment);
      case 'send':
        return line.send(effect.frame);
      case 'hangUp':
        return hangUp();
      case 'save':
        return place.save(effect.saved);
      case 'forget':
        return place.forget();
      case 'leaveSession':
        return void caller.call('POST', `/sessions/${effect.sessionId}/leave`);
      case 'leaveQueue':
        return void caller.call('DELETE', `/instances/${instanceId}/queue?characterId=${effect.characterId}`);
      case 'backOff':
        return wakeIn(Math.max(effect.atLeastMs, fullJitterMs(effect.tries, random(), reconnectBackOff)));
      case 'wakeAt':
        return wakeIn(effect.at - now());
      default:
        return impossible(effect);
    }
  }

  return {
    carryOut,
    sendToGame: line.sendToGame,
    stopTimer: () => clearTimeout(timer),
    letGo() {
      stopWatching();
      clearTimeout(timer);
      asker.abandon();
      line.drop();
      place.letGo();
    },
  };
}

interface PageListener {
  /** Somebody looks again, or the network is back: act now, not when a timer says so. */
  look(): void;
  /** The network may be gone. Browsers err, so the line itself is asked. */
  probe(): void;
  hide(): void;
  /** Back as it was left, but its sockets are dead. */
  restore(): void;
}

function watchPage(page: Page | undefined, { look, probe, hide, restore }: PageListener): () => void {
  if (!page) return () => {};
  const { document } = page;
  const ears: [EventTarget | Page, string, (event: Event) => void][] = [
    [document, 'visibilitychange', () => document.visibilityState === 'visible' && look()],
    [page, 'online', look],
    [page, 'offline', probe],
    [page, 'pagehide', hide],
    [page, 'pageshow', (event) => 'persisted' in event && event.persisted === true && restore()],
  ];
  for (const [target, type, listener] of ears) target.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of ears) target.removeEventListener(type, listener);
  };
}

function originOf({ url }: Options): string {
  return (url ?? location.origin).replace(/\/+$/, '');
}

function browser(): Surroundings {
  return {
    fetch: (url, init) => globalThis.fetch(url, init),
    openSocket: (url, protocol) => new WebSocket(url, protocol),
    store: tabStore(),
    page: typeof window === 'undefined' ? undefined : window,
    now: () => Date.now(),
    random: () => Math.random(),
  };
}
