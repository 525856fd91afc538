/** What a player presses, done. */
import type { Gatekeeper } from './gatekeeper';
import type { Deed } from './view';

/** All but opening the game, which can fail. */
export function carryOut(deed: Exclude<Deed, 'play'>, gate: Gatekeeper | null, characterId: string | null): void {
  switch (deed) {
    case 'connect':
      return gate?.connect(characterId ?? undefined);
    case 'confirm':
      return gate?.confirmReplacement();
    case 'decline':
      return gate?.declineReplacement();
    case 'leave':
      return gate?.leave();
    case 'reload':
      return location.reload();
  }
}

/**
 * Hands the player over to the game, with a fresh ticket in the address's fragment, which no server on the way sees.
 * A page opens in a tab of its own, because this one holds the seat; a program's address is left to the system.
 * False where the browser did not allow the tab.
 */
export async function openGame(gameUrl: string, gate: Gatekeeper | null): Promise<boolean> {
  if (gate === null) return true;
  const isPage = /^https?:/i.test(gameUrl);
  // Opened before anything is waited for: later it would no longer count as the player's own click.
  const tab = isPage ? window.open('', '_blank') : window;
  if (tab === null) return false;
  try {
    const address = withTicket(gameUrl, await gate.ticket());
    if (isPage) tab.opener = null;
    tab.location.replace(address);
  } catch {
    // No seat any more: the panel says why.
    if (isPage) tab.close();
  }
  return true;
}

function withTicket(gameUrl: string, ticket: string): string {
  return `${gameUrl}${gameUrl.includes('#') ? '&' : '#'}ticket=${encodeURIComponent(ticket)}`;
}
