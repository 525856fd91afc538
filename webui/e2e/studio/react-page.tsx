/** A studio's own page with React, on the packed library as npm would install it. */

import { useGatekeeper } from 'gatekeeper-sdk/react';
import { createRoot } from 'react-dom/client';

const query = new URLSearchParams(location.search);
const token = query.get('token');
const gate = { url: query.get('gate') ?? '', instanceId: 'main', clientBuild: 'studio-1', getToken: () => token };

function Join() {
  const { state, connect, leave, ticket } = useGatekeeper(gate);
  return (
    <main>
      <h1>Join the arena</h1>
      <p data-testid="state">{state.kind}</p>
      {state.kind === 'queued' && <p>{`Position ${state.position} of ${state.depth}`}</p>}
      <button type="button" onClick={() => connect()}>
        Join
      </button>
      <button type="button" onClick={leave}>
        Leave
      </button>
      <button
        type="button"
        onClick={async () => {
          document.title = (await ticket()).split('.').length === 3 ? 'has a ticket' : 'has none';
        }}
      >
        Play
      </button>
    </main>
  );
}

const root = document.getElementById('app');
if (root) createRoot(root).render(<Join />);
