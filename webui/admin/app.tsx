import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, type Wire, whenLoggedOut } from './api';
import { type Me, MeContext } from './me';
import { Shell } from './shell';
import { SetUp } from './sign-in/set-up';
import { SignIn } from './sign-in/sign-in';

type State =
  | { kind: 'checking' }
  | { kind: 'unanswered' }
  | { kind: 'setUp'; token: string | null }
  | { kind: 'signIn'; wasIn: boolean }
  | { kind: 'in'; me: Me };

const retryPause = 3000;

export function App({ setupToken }: { setupToken: string | null }) {
  const [state, setState] = useState<State>({ kind: 'checking' });

  const look = useCallback(async () => {
    const setup = await call<Wire['SetupState']>('GET', '/setup');
    if (!setup.ok) return setState({ kind: 'unanswered' });
    if (setup.body.needed) return setState({ kind: 'setUp', token: setupToken });
    const me = await call<Me>('GET', '/me');
    if (me.ok) return setState({ kind: 'in', me: me.body });
    setState(me.code === 'NOT_AUTHENTICATED' ? { kind: 'signIn', wasIn: false } : { kind: 'unanswered' });
  }, [setupToken]);

  useEffect(() => {
    whenLoggedOut(() =>
      setState((s) => ({ kind: 'signIn', wasIn: s.kind === 'in' || (s.kind === 'signIn' && s.wasIn) })),
    );
    void look();
  }, [look]);
  useEffect(() => {
    if (state.kind !== 'unanswered') return;
    const timer = setTimeout(look, retryPause);
    return () => clearTimeout(timer);
  }, [state, look]);

  const enter = (me: Me) => setState({ kind: 'in', me });
  switch (state.kind) {
    case 'checking':
      return <Waiting text="Looking up the state of this server." />;
    case 'unanswered':
      return <Waiting text="The server does not answer. This page tries again by itself." />;
    case 'setUp':
      return <SetUp token={state.token} onDone={enter} />;
    case 'signIn':
      return <SignIn wasIn={state.wasIn} onDone={enter} />;
    case 'in':
      return (
        <MeContext.Provider value={state.me}>
          <Shell onMeChanged={look} onLeft={() => setState({ kind: 'signIn', wasIn: false })} />
        </MeContext.Provider>
      );
  }
}

function Waiting({ text }: { text: string }) {
  return (
    <main class="narrow">
      <h1 class="unseen">Administration</h1>
      <p class="lead" role="status">
        {text}
      </p>
    </main>
  );
}
