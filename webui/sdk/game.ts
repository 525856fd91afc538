/**
 * Hands the player over to the game, with a fresh ticket in the address's fragment, which no server on the way sees.
 * A page opens in a tab of its own, because this one holds the seat; a program's address is left to the system.
 * False where the browser did not allow the tab.
 */
export async function openGame(gameUrl: string, ticket: () => Promise<string>): Promise<boolean> {
  const isPage = /^https?:/i.test(gameUrl);
  // Opened before anything is waited for: later it would no longer count as the player's own click.
  const tab = isPage ? window.open('', '_blank') : window;
  if (tab === null) return false;
  try {
    const address = withTicket(gameUrl, await ticket());
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
