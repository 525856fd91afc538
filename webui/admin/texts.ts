/** What an operator reads. */
export const admin = {
  title: 'Administration',
  checking: 'Looking up the state of this server.',
  setUp: {
    title: 'Set up the first administrator',
    lead: 'Choose the name and password that will open this page. The link that brought you here works once.',
    name: 'Name',
    nameHint: '3 to 32 characters',
    password: 'Password',
    passwordHint: 'At least 12 characters',
    submit: 'Create administrator',
  },
  done: (name: string) => `Done. ${name} is the administrator of this server.`,
  needed: {
    title: 'Not set up yet',
    lead: 'Open the set-up link that the server printed when it started. It ends in #setup= and a code.',
  },
  ready: { title: 'Set up', lead: 'This server has an administrator.' },
  noAnswer: 'The server does not answer. Reload this page in a moment.',
  errors: {
    SETUP_TOKEN_INVALID:
      'This set-up link is not valid for this server. Use the one that it printed when it last started.',
    SETUP_DONE: 'There already is an administrator. This link has done its work.',
  } as Partial<Record<string, string>>,
  other: 'That did not work. Check what you typed.',
  coming: {
    title: 'What is coming here',
    items: [
      'Instances, sessions and queues at a glance, live',
      'Suspending characters, ending sessions, moving people in a queue',
      'Builds, rate-limit locks, the audit trail, keys and backups',
    ],
  },
  meanwhile: {
    title: 'Meanwhile, on the command line',
    commands: [
      ['gatekeeper instance list', 'Seats and queues of every instance'],
      ['gatekeeper instance set main --capacity 80', 'Change seats; more let people in at once'],
      ['gatekeeper character suspend ID', 'Keep a character out'],
      ['gatekeeper build set BUILD', 'Require a client version'],
      ['gatekeeper export events', 'The audit trail, a line an event'],
    ] as const,
  },
  toPlayers: 'To the player page',
};
