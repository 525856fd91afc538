/** A server and the players who come to it, all gone after the test, and nothing done that a page must not do. */
import { test as base, expect } from '@playwright/test';
import { type Cable, layCable } from './cable';
import { enter, offences, type Player } from './player';
import { type Server, startServer } from './server';

interface Scene {
  /** More flags for the server. */
  flags: string[];
  server: Server;
  /** A player who has registered and made a character, over the cable if one was laid. */
  arrives: (name: string, url?: string) => Promise<Player>;
  cable: Cable;
  /** No page did what a page must not do. */
  isDecent: undefined;
}

export const test = base.extend<Scene>({
  flags: [[], { option: true }],
  isDecent: [
    // biome-ignore lint/correctness/noEmptyPattern: fixtures are asked for by name
    async ({}, use) => {
      offences.length = 0;
      await use(undefined);
      expect(offences).toEqual([]);
    },
    { auto: true },
  ],
  server: async ({ flags }, use) => {
    const server = await startServer(...flags);
    await use(server);
    await server.remove();
  },
  cable: async ({ server }, use) => {
    const cable = await layCable(server.url);
    await use(cable);
    await cable.remove();
  },
  arrives: async ({ browser, server }, use) => {
    const players: Player[] = [];
    await use(async (name, url = server.url) => {
      const player = await enter(browser, url, name);
      players.push(player);
      return player;
    });
    for (const { context } of players) await context.close();
  },
});

export { expect };
