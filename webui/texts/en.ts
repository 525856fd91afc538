/** English, and the shape of every other language: a file beside this one with the same names. */
import type { FailureReason, Idle, Lost, Reconnecting } from '../sdk/state';

/** As browsers call it (BCP 47); the file has the same name. */
export const code: string = 'en';

export const units = { seconds: 's', minutes: 'min', hours: 'h' };

export interface FailureText {
  title: string;
  advice: string;
}

export const failures: Record<FailureReason, FailureText> = {
  NOT_AUTHENTICATED: { title: 'Please log in again', advice: 'Your log-in is no longer valid.' },
  RATE_LIMITED: { title: 'Too many tries', advice: 'Several attempts in a row failed. You can try again in a moment.' },
  INVALID_REQUEST: {
    title: 'That did not work',
    advice: 'The server did not understand this page. Reload it and try again.',
  },
  INVALID_INSTANCE: { title: 'This instance is gone', advice: 'It was closed or never existed. Choose another one.' },
  NO_ACTIVE_CHARACTER: {
    title: 'No character chosen',
    advice: 'Choose the character you want to play with, then connect.',
  },
  CHARACTER_NOT_OWNED: {
    title: 'This is not your character',
    advice: 'Choose one of your own characters, then connect.',
  },
  CHARACTER_SUSPENDED: {
    title: 'This character is suspended',
    advice: 'It cannot play for now. Choose another one, or ask those who run this server.',
  },
  VERSION_MISMATCH: {
    title: 'Your game is out of date',
    advice: 'This instance needs another version than yours. Get it, then connect again.',
  },
  MAINTENANCE: { title: 'Under maintenance', advice: 'Nobody new can get in at the moment. Please come back later.' },
  ALREADY_IN_SESSION: {
    title: 'Already playing elsewhere',
    advice: 'This character has a seat that cannot be taken over from here. Leave there first.',
  },
  ALREADY_QUEUED: {
    title: 'Already waiting elsewhere',
    advice: 'This character waits for another instance. Leave that queue first.',
  },
  INVALID_REPLACE_TOKEN: {
    title: 'Too late to take over',
    advice: 'The offer is over, or the other side has changed in the meantime. Connect again.',
  },
  INSTANCE_UNAVAILABLE: {
    title: 'The game is not answering',
    advice: 'Its server seems to be down. Try again in a moment.',
  },
  DRAIN_MODE: {
    title: 'Closing soon',
    advice: 'This instance lets nobody new in before it closes. Choose another one.',
  },
  QUEUE_FULL: {
    title: 'The queue is full',
    advice: 'So many are waiting that nobody more can be taken. Try again later.',
  },
  CHARACTER_CHANGED: {
    title: 'Your choice changed',
    advice: 'Another character became active while you were connecting. Connect again.',
  },
  STORAGE_UNAVAILABLE: {
    title: 'The server is in trouble',
    advice: 'It cannot let anybody in just now. Try again in a moment.',
  },
  SHUTTING_DOWN: { title: 'The server is restarting', advice: 'It will be back soon. Try again in a moment.' },
  INTERNAL_ERROR: { title: 'Something broke', advice: 'That was not your fault. Try again in a moment.' },
  UNREACHABLE: { title: 'The server cannot be reached', advice: 'Check your network and try again.' },
  UNSETTLED: {
    title: 'No stable connection',
    advice: 'The server kept sending you back to the start. Try again in a moment.',
  },
  SOCKET_BLOCKED: {
    title: 'Your network is in the way',
    advice:
      'It lets no live connection through. Try another network, or ask those who run yours to allow WebSockets to this server.',
  },
  REPLACED: {
    title: 'Continued somewhere else',
    advice: 'Another window or device took over with this character. Connect here to ask for it back.',
  },
  REMOVED: { title: 'You were removed', advice: 'Those who run this server ended your visit.' },
  INSTANCE_CLOSED: { title: 'This instance was closed', advice: 'Everybody had to leave. Choose another one.' },
  PROTOCOL_BROKEN: { title: 'This page and the server disagree', advice: 'Reload the page and connect again.' },
  STOPPED: { title: 'The server ended the connection', advice: 'You can try to connect again.' },
};

export const connection = {
  title: 'Connection',
  idle: {
    new: { title: 'Ready when you are', lead: 'Choose an instance to connect to.' },
    left: { title: 'You have left', lead: 'Your seat is free for somebody else. Come back any time.' },
    declined: { title: 'Nothing has changed', lead: 'Your character plays on where it was.' },
    offerExpired: { title: 'The offer is over', lead: 'Nothing has changed. Connect again to be asked once more.' },
  } satisfies Record<Idle['because'], { title: string; lead: string }>,
  connecting: {
    title: 'Connecting',
    lead: (where: string) => `Asking for a seat on ${where}. You have an answer within 10 seconds.`,
    bar: 'Time for an answer',
  },
  queued: {
    title: 'In the queue',
    lead: (where: string) => `All seats on ${where} are taken. You get in by yourself as soon as it is your turn.`,
    linkLost: 'The connection is interrupted. Your place is kept while we try again.',
    polling: 'Your network allows no live updates, so your place is looked up every few seconds.',
    position: 'your position',
    depth: 'in the queue',
    wait: 'expected wait',
    unknownWait: 'wait not known yet',
    waited: (time: string) => `Waiting for ${time}.`,
    movedUp: (places: number) => (places === 1 ? 'Moved up 1 place so far.' : `Moved up ${places} places so far.`),
    progress: 'Way through the queue',
    stillFor: (time: string) => `Nobody has left for ${time}, so nobody could move up. You lose nothing by waiting.`,
    status: (position: number, depth: number) => `Position ${position} of ${depth}`,
  },
  admitted: {
    title: 'You are in',
    lead: (where: string, who: string) => `${who} has a seat on ${where}.`,
    resumed: 'Welcome back: this is the same session as before.',
    replaced: 'You took over from the other window or device.',
    since: 'connected for',
    session: 'Session',
    keepOpen: 'Leave this page open while you play: it holds your seat.',
  },
  reconnecting: {
    title: 'Reconnecting',
    causes: {
      network: 'The connection broke off. Your seat is kept while we try to get back.',
      restart: 'The server is restarting. Your seat is kept.',
      reload: 'Picking up where you left off.',
    } satisfies Record<Reconnecting['cause'], string>,
    left: 'your seat is kept for',
    overdue: 'The server has not answered yet. If it was down itself, your seat is still there; we keep trying.',
  },
  replacing: {
    playing: {
      title: 'Already playing',
      lead: 'This character is already playing, here in another window or on another device.',
    },
    queued: {
      title: 'Already in a queue',
      lead: 'This character waits for another instance. Moving puts it at the end of this queue.',
    },
    confirm: 'Take over here',
    move: 'Move here',
    decline: 'Leave it there',
    left: 'the offer stands for',
  },
  timeout: {
    title: 'No answer in time',
    lead: 'The server did not decide within 10 seconds. Nothing was reserved for you; try again.',
  },
  failed: {
    needs: (build: string) => `Needed version: ${build}`,
    update: 'Get the update',
    retryIn: 'try again in',
    at: (time: string) => `That was at ${time}.`,
  },
  lost: {
    seat: 'You were away for longer than a seat is kept, so this is a new session.',
    place: 'You were away for longer than a place is kept, so you joined the queue anew.',
  } satisfies Record<NonNullable<Lost>, string>,
  notices: {
    draining: 'This instance closes soon. Whoever is in or waits already stays welcome; nobody new comes in.',
    maintenance: 'Maintenance: whoever plays can go on, and the queue stands still until it is over.',
    restart: 'The server is about to restart. Your seat and your place are kept.',
    silent: 'The game server does not answer. The queue waits for it, and everybody keeps their place.',
  },
  connect: 'Connect',
  play: 'Open the game',
  playBlocked: 'The browser blocked the new tab. Allow it for this page, then try once more.',
  leave: 'Leave',
  leaveQueue: 'Leave the queue',
  cancel: 'Cancel',
  retry: 'Try again',
  reload: 'Reload this page',
  dismiss: 'Close',
  someInstance: 'the instance',
  someCharacter: 'Your character',
};

export const auth = {
  title: 'Welcome',
  tagline: 'One gate, a fair queue, and your seat is kept.',
  logIn: 'Log in',
  register: 'Register',
  guest: 'Play as guest',
  logOut: 'Log out',
  ways: 'How to get in',
  way: { logIn: 'Log in', register: 'Register', guest: 'Guest' },
  name: 'Name',
  nameHint: '3 to 32 characters',
  password: 'Password',
  passwordHint: 'At least 8 characters',
  guestHint: 'A guest has no password: the account lives in this browser only.',
  nobody: 'This server takes no log-ins from this page.',
  elsewhere: (host: string) => `Log in with ${host}`,
  elsewhereFailed: 'That log-in did not work. Try again.',
  elsewhereInsecure: 'To log in with another provider this page must be opened over HTTPS.',
  noAnswer: 'The server does not answer. Try again in a moment.',
  errors: {
    NAME_TAKEN: 'Somebody else has this name already.',
    BAD_CREDENTIALS: 'Name and password do not match.',
    GUESTS_DISABLED: 'Guests are not welcome here just now.',
  } as Partial<Record<string, string>>,
  limited: (time: string) => `Too many tries. Wait ${time}.`,
  crowded: (time: string) => `More players come at once than can be let in. Try again in ${time}.`,
  other: 'That did not work. Check what you typed.',
};

export const account = {
  title: 'Account',
  password: 'Change the password',
  current: 'Present password',
  next: 'New password',
  change: 'Change it',
  changed: 'Changed. You are logged out everywhere else.',
  everywhere: 'Log out everywhere',
  everywhereHint: 'On this device and on all others. A seat that you hold goes on.',
  keep: 'Keep this account',
  keepHint: 'With a name and a password a guest’s account is yours on any device. Your characters stay.',
  remove: 'Delete the account',
  removeHint: 'Your characters go with it, and your seat. This cannot be undone.',
  yes: 'Delete for good',
  no: 'Keep it',
  errors: {
    PASSWORD_CHANGE_REQUIRED: 'You need a new password before you can log in. Choose one.',
    WRONG_PASSWORD: 'That is not your present password.',
  } as Partial<Record<string, string>>,
};

export const characters = {
  title: 'Characters',
  legend: 'Who do you play with?',
  none: 'No character yet. Give your first one a name.',
  name: 'Name of a new character',
  placeholder: 'New character',
  make: 'Create',
  suspended: 'suspended',
  remove: (name: string) => `Delete ${name}`,
  sure: (name: string) => `Delete ${name} for good?`,
  yes: 'Delete',
  no: 'Keep',
  errors: {
    CHARACTER_IN_USE: 'This character is playing or waiting. Leave first.',
  } as Partial<Record<string, string>>,
  tooMany: 'You have as many characters as an account can have.',
  other: 'That did not work. Try again.',
};

export const instances = {
  title: 'Instances',
  none: 'There is no instance at the moment.',
  noAnswer: 'The list could not be refreshed. Trying again.',
  states: { open: 'open', draining: 'closing soon', maintenance: 'maintenance', closed: 'closed' },
  silent: 'game not answering',
  seats: (taken: number, capacity: number) => `${taken} of ${capacity} seats taken`,
  waiting: (depth: number) => (depth === 0 ? 'nobody waiting' : `${depth} waiting`),
  build: (build: string) => `needs version ${build}`,
  connectTo: (name: string) => `Connect to ${name}`,
  needsCharacter: 'Choose a character first.',
  here: 'You are here',
};

export const page = {
  language: 'Language',
  sound: 'Sound when it is my turn',
  offline: 'This device is off the network.',
};
