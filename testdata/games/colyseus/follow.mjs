// Lets go of players whose session ends, for as long as the game runs. While gatekeeper is down the game goes on.
import { setTimeout as pause } from 'node:timers/promises';

export async function follow(game) {
  for (;;) {
    try {
      await listen(game, await settle(game));
    } catch {
      // It is back sooner or later.
    }
    await pause(500);
  }
}

function ask({ gatekeeper, instance, key }, path, headers = {}) {
  const url = `${gatekeeper}/server/instances/${instance}${path}`;
  return fetch(url, { headers: { Authorization: `Bearer ${key}`, ...headers } });
}

/** Lets go of everybody who is not on the live list, and returns from where on the events go on. */
async function settle(game) {
  const response = await ask(game, '/sessions');
  if (!response.ok) throw new Error(`the live list is answered ${response.status}`);
  const { seq, sessions } = await response.json();
  const live = new Set(sessions.map(({ sessionId }) => sessionId));
  for (const sid of game.players.keys()) if (!live.has(sid)) game.end(sid);
  return seq;
}

/** Follows the events until the line ends, or some were missed. */
async function listen(game, seq) {
  const response = await ask(game, '/events', { 'Last-Event-ID': `${seq}` });
  if (!response.ok) throw new Error(`the events are answered ${response.status}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (text + chunk).split('\n');
    text = lines.pop();
    for (const line of lines) {
      if (line === 'event: gap') return;
      if (!line.startsWith('data: ')) continue;
      const { event, sessionId, reason } = JSON.parse(line.slice(6));
      // One whose line was lost may come back.
      if (event === 'connection.disconnected' && reason !== 'network') game.end(sessionId);
    }
  }
}
