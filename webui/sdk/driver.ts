/** Carries out what the machine decides, with the browser's fetch, sockets, timers and storage. */
import { fullJitterMs, reconnectBackOff } from './backoff';
import { createAsker, createCaller, type Fetch, type GetToken } from './http';
import { createLine, type OpenSocket } from './line';
import { reduce } from './machine';
import { type ConnectionEvent, type ConnectionState, type Effect, initialState } from './state';
import { type KeyValueStore, type PlaceStore, placeStore, tabStore } from './storage';

export interface Options {
  /** Origin of the gatekeeper; the page's own when left out. */
  url?: string;
  instanceId: string;
  clientBuild: string;
  /** The player token, or null where nobody is logged in. Asked for at each call. */
  getToken: GetToken;
  /** For tests; the browser's own when left out. */
  surroundings?: Partial<Surroundings>;
}

export interface Surroundings {
  fetch: Fetch;
  openSocket: OpenSocket;
  store: KeyValueStore;
  now: () => number;
  random: () => number;
}

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
  /** The signed proof for the game server, while admitted. */
  ticket(): string | null;
  /** Lets go without leaving, as a closed tab would: the place is held for the grace. */
  dispose(): void;
}

/** Resumes by itself where this tab held a place on the instance before. */
export function createGatekeeper(options: Options): Gatekeeper {
  const surroundings = { ...browser(), ...options.surroundings };
  const { now, store } = surroundings;
  const place = placeStore(store, originOf(options), options.instanceId);
  const listeners = new Set<(state: ConnectionState) => void>();
  let state: ConnectionState = initialState;
  const hands = createHands(options, surroundings, place, dispatch);

  function dispatch(event: ConnectionEvent): void {
    const step = reduce(state, event);
    if (step.state === state && step.effects.length === 0) return;
    hands.stopTimer();
    state = step.state;
    step.effects.forEach(hands.carryOut);
    for (const listener of [...listeners]) listener(state);
  }

  const saved = place.load();
  if (saved) dispatch({ type: 'resume', saved, at: now() });

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      listener(state);
      return () => void listeners.delete(listener);
    },
    connect: (characterId) => dispatch({ type: 'connect', request: { characterId: characterId ?? null }, at: now() }),
    confirmReplacement: () => dispatch({ type: 'confirm', at: now() }),
    declineReplacement: () => dispatch({ type: 'decline', at: now() }),
    leave: () => dispatch({ type: 'leave', at: now() }),
    ticket: () => (state.kind === 'admitted' ? state.ticket : null),
    dispose() {
      listeners.clear();
      hands.letGo();
    },
  };
}

/** What does the effects. */
interface Hands {
  carryOut(effect: Effect): void;
  stopTimer(): void;
  letGo(): void;
}

function createHands(
  options: Options,
  { fetch, openSocket, now, random }: Surroundings,
  place: PlaceStore,
  dispatch: (event: ConnectionEvent) => void,
): Hands {
  const { instanceId, clientBuild, getToken } = options;
  const caller = createCaller(originOf(options), fetch, getToken);
  const asker = createAsker(caller, instanceId, clientBuild);
  const line = createLine(openSocket, {
    onFrame: (frame) => dispatch({ type: 'frame', frame, at: now() }),
    onClosed: (code, reason) => dispatch({ type: 'closed', code, reason, at: now() }),
  });
  let timer: ReturnType<typeof setTimeout> | undefined;

  function wakeIn(ms: number): void {
    timer = setTimeout(() => dispatch({ type: 'timer', at: now() }), ms);
  }

  function hangUp(): void {
    asker.abandon();
    line.send({ type: 'leave' });
    line.drop(1000);
  }

  function carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'connect':
        return asker.ask(effect, (outcome) =>
          dispatch(outcome ? { type: 'outcome', outcome, at: now() } : { type: 'unreachable', at: now() }),
        );
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
    stopTimer: () => clearTimeout(timer),
    letGo() {
      clearTimeout(timer);
      asker.abandon();
      line.drop();
    },
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
    now: () => Date.now(),
    random: () => Math.random(),
  };
}

function impossible(value: never): never {
  throw new Error(`not an effect: ${JSON.stringify(value)}`);
}
