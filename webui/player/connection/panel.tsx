import { useEffect, useRef } from 'preact/hooks';
import type { Admitted, ConnectionState, Failed, Queued, Reconnecting, Replacing } from '../../sdk/state';
import { duration, en } from '../../texts/en';
import { secondsUntil, useNow } from '../../ui/now';
import { type Figure, Surface } from './surface';
import type { Connection } from './use-connection';

interface Props {
  connection: Connection;
  instanceName: (instanceId: string) => string;
  characterName: (characterId: string) => string;
}

/** What the surfaces need beside the state. */
interface Scene {
  now: number;
  where: string;
  who: string;
  connection: Connection;
}

const t = en.connection;

export function ConnectionPanel({ connection, instanceName, characterName }: Props) {
  const { state, instanceId } = connection;
  const now = useNow(state.kind !== 'idle');
  const characterId = 'request' in state ? state.request.characterId : null;
  const where = instanceId === null ? t.someInstance : instanceName(instanceId);
  const who = characterId === null ? t.someCharacter : characterName(characterId);
  const spoken = announcement(state, where, who);
  useEffect(() => {
    document.title = state.kind === 'idle' ? en.product : `${headline(state)} · ${en.product}`;
  }, [state]);
  return (
    <section class="card connection" aria-label={t.title} tabIndex={-1} ref={useFocusOnChange(state.kind)}>
      {surface(state, { now, where, who, connection })}
      <p class="unseen" aria-live="polite">
        {spoken}
      </p>
    </section>
  );
}

/** A button that was just pressed is gone or disabled in the next state: the panel takes its focus, and comes into view. */
function useFocusOnChange(kind: ConnectionState['kind']) {
  const panel = useRef<HTMLElement>(null);
  const former = useRef(kind);
  useEffect(() => {
    if (former.current === kind) return;
    former.current = kind;
    const focused = document.activeElement;
    const isLost = focused === null || focused === document.body || focused.matches(':disabled');
    if (isLost) panel.current?.focus({ preventScroll: true });
    if (kind === 'connecting') panel.current?.scrollIntoView({ block: 'nearest' });
  }, [kind]);
  return panel;
}

function surface(state: ConnectionState, scene: Scene) {
  const { now, where, connection } = scene;
  switch (state.kind) {
    case 'idle':
      return <Surface kind="idle" tone="calm" icon="gate" {...t.idle[state.because]} />;
    case 'connecting':
      return (
        <Surface
          kind="connecting"
          tone="busy"
          icon="gate"
          title={t.connecting.title}
          lead={t.connecting.lead(where)}
          bar={{ label: t.connecting.bar, value: Math.min(10_000, now - state.since), max: 10_000 }}
          actions={<Button label={t.cancel} onClick={connection.leave} />}
        />
      );
    case 'queued':
      return <QueuedSurface state={state} {...scene} />;
    case 'admitted':
      return <AdmittedSurface state={state} {...scene} />;
    case 'reconnecting':
      return <ReconnectingSurface state={state} {...scene} />;
    case 'replacing':
      return <ReplacingSurface state={state} {...scene} />;
    case 'failed':
      return <FailedSurface state={state} {...scene} />;
    case 'timeout':
      return (
        <Surface kind="timeout" tone="warn" icon="clock" {...t.timeout} actions={<Retry connection={connection} />} />
      );
    default:
      return impossible(state);
  }
}

function QueuedSurface({ state, now, where, connection }: Scene & { state: Queued }) {
  const { position, depth, link, notice } = state;
  const isLinked = link.step === 'open' || link.tries === 0;
  const waited = Math.floor((now - state.since) / 1000);
  return (
    <Surface
      kind="queued"
      tone={isLinked ? 'busy' : 'warn'}
      icon="queue"
      title={t.queued.title}
      lead={isLinked ? t.queued.lead(where) : t.queued.linkLost}
      figures={[
        { value: String(position), label: t.queued.position },
        { value: String(depth), label: t.queued.depth },
        estimate(state),
      ]}
      actions={<Button label={t.leaveQueue} onClick={connection.leave} />}
    >
      {notice && <Words text={notice.message} />}
      <p class="aside">{t.queued.waited(waited)}</p>
    </Surface>
  );
}

function estimate({ estimatedWaitSeconds: median, estimatedWaitUpperSeconds: upper }: Queued): Figure {
  if (median === null) return { value: '–', label: t.queued.unknownWait };
  const value = upper === null ? duration(median) : `${duration(median)} – ${duration(upper)}`;
  return { value, label: t.queued.wait };
}

function AdmittedSurface({ state, now, where, who, connection }: Scene & { state: Admitted }) {
  const { sessionId, resumed, replaced, notice } = state;
  return (
    <Surface
      kind="admitted"
      tone="good"
      icon="seat"
      title={t.admitted.title}
      lead={t.admitted.lead(where, who)}
      figures={[{ value: duration((now - state.since) / 1000), label: t.admitted.since }]}
      actions={<Button label={t.leave} onClick={connection.leave} />}
    >
      {notice && <Words text={notice.message} />}
      {(replaced || resumed) && <p class="aside">{replaced ? t.admitted.replaced : t.admitted.resumed}</p>}
      <p class="aside">
        {t.admitted.session} <code>{sessionId}</code>
      </p>
    </Surface>
  );
}

function ReconnectingSurface({ state, now, connection }: Scene & { state: Reconnecting }) {
  const left = secondsUntil(state.until, now);
  return (
    <Surface
      kind="reconnecting"
      tone="warn"
      icon="link"
      title={t.reconnecting.title}
      lead={left > 0 ? t.reconnecting.causes[state.cause] : t.reconnecting.overdue}
      figures={[{ value: duration(left), label: t.reconnecting.left }]}
      bar={{ label: t.reconnecting.left, value: left, max: Math.max(1, state.graceSeconds) }}
      actions={<Button label={t.leave} onClick={connection.leave} />}
    />
  );
}

function ReplacingSurface({ state, now, connection }: Scene & { state: Replacing }) {
  const isQueued = state.reason === 'ALREADY_QUEUED';
  const text = isQueued ? t.replacing.queued : t.replacing.playing;
  return (
    <Surface
      kind="replacing"
      tone="warn"
      icon="swap"
      {...text}
      figures={[{ value: duration(secondsUntil(state.until, now)), label: t.replacing.left }]}
      actions={
        <>
          <Button label={isQueued ? t.replacing.move : t.replacing.confirm} onClick={connection.confirm} isPrimary />
          <Button label={t.replacing.decline} onClick={connection.decline} />
        </>
      }
    />
  );
}

function FailedSurface({ state, now, connection }: Scene & { state: Failed }) {
  const { reason, message, retryAt, requiredBuild, updateUrl } = state;
  const { title, advice } = en.failures[reason] ?? en.failures.STOPPED;
  const left = retryAt === null ? 0 : secondsUntil(retryAt, now);
  return (
    <Surface
      kind="failed"
      tone={retryAt === null ? 'bad' : 'warn'}
      icon={retryAt === null ? 'stop' : 'clock'}
      title={title}
      lead={advice}
      figures={left > 0 ? [{ value: duration(left), label: t.failed.retryIn }] : []}
      actions={
        <>
          <Retry connection={connection} isDisabled={left > 0} />
          <Button label={t.dismiss} onClick={connection.leave} />
        </>
      }
    >
      {speaksForOperator(reason) && message && <Words text={message} />}
      {requiredBuild && <p class="aside">{t.failed.needs(requiredBuild)}</p>}
      {updateUrl && isWebAddress(updateUrl) && (
        <p>
          <a href={updateUrl} rel="noreferrer">
            {t.failed.update}
          </a>
        </p>
      )}
    </Surface>
  );
}

/** Elsewhere the message says in the server's language what our text says in the reader's. */
function speaksForOperator(reason: Failed['reason']): boolean {
  return reason === 'MAINTENANCE' || reason === 'DRAIN_MODE' || reason === 'REMOVED' || reason === 'STOPPED';
}

/** An address from the server must not become a script. */
function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

function Words({ text }: { text: string }) {
  return <p class="words">{text}</p>;
}

function Retry({ connection, isDisabled = false }: { connection: Connection; isDisabled?: boolean }) {
  return <Button label={t.retry} onClick={connection.retry} isPrimary isDisabled={isDisabled} />;
}

interface ButtonProps {
  label: string;
  onClick: () => void;
  isPrimary?: boolean;
  isDisabled?: boolean;
}

function Button({ label, onClick, isPrimary = false, isDisabled = false }: ButtonProps) {
  return (
    <button type="button" class={isPrimary ? 'primary' : ''} disabled={isDisabled} onClick={onClick}>
      {label}
    </button>
  );
}

function headline(state: ConnectionState): string {
  switch (state.kind) {
    case 'idle':
      return t.idle[state.because].title;
    case 'replacing':
      return state.reason === 'ALREADY_QUEUED' ? t.replacing.queued.title : t.replacing.playing.title;
    case 'failed':
      return (en.failures[state.reason] ?? en.failures.STOPPED).title;
    case 'queued':
      return `${t.queued.status(state.position, state.depth)}`;
    default:
      return t[state.kind].title;
  }
}

function announcement(state: ConnectionState, where: string, who: string): string {
  switch (state.kind) {
    case 'idle':
      // Nothing has happened yet that would be worth interrupting somebody for.
      return state.because === 'new' ? '' : t.idle[state.because].title;
    case 'admitted':
      return `${t.admitted.title}. ${t.admitted.lead(where, who)}`;
    case 'queued':
      return `${t.queued.title}. ${headline(state)}.`;
    case 'failed':
      return `${headline(state)}. ${(en.failures[state.reason] ?? en.failures.STOPPED).advice}`;
    default:
      return headline(state);
  }
}

function impossible(value: never): never {
  throw new Error(`not a state: ${JSON.stringify(value)}`);
}
