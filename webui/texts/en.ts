/** Every word a player or operator reads. Another language is another file of the same shape. */
import type { FailureReason } from '../sdk/state';

export interface FailureText {
  title: string;
  advice: string;
}

const failures: Record<FailureReason, FailureText> = {
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
  VERSION_MISMATCH: { title: 'Your game is out of date', advice: 'This instance needs another version than yours.' },
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
  REPLACED: { title: 'Continued somewhere else', advice: 'Another window or device took over this connection.' },
  REMOVED: { title: 'You were removed', advice: 'Those who run this server ended your visit.' },
  INSTANCE_CLOSED: { title: 'This instance was closed', advice: 'Everybody had to leave. Choose another one.' },
  PROTOCOL_BROKEN: { title: 'This page and the server disagree', advice: 'Reload the page and connect again.' },
  STOPPED: { title: 'The server ended the connection', advice: 'You can try to connect again.' },
};

export const en = {
  product: 'gatekeeper',
  tagline: 'One gate, a fair queue, and your seat is kept.',
  failures,

  auth: {
    title: 'Welcome',
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
    nobody: 'This server takes no log-ins from this page.',
    noAnswer: 'The server does not answer. Try again in a moment.',
    errors: {
      NAME_TAKEN: 'Somebody else has this name already.',
      BAD_CREDENTIALS: 'Name and password do not match.',
      GUESTS_DISABLED: 'Guests are not welcome here just now.',
    } as Partial<Record<string, string>>,
    limited: (seconds: number) => `Too many tries. Wait ${duration(seconds)}.`,
    other: 'That did not work. Check what you typed.',
  },

  characters: {
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
  },

  instances: {
    title: 'Instances',
    none: 'There is no instance at the moment.',
    noAnswer: 'The list could not be refreshed. Trying again.',
    states: { open: 'open', draining: 'closing soon', maintenance: 'maintenance', closed: 'closed' },
    seats: (taken: number, capacity: number) => `${taken} of ${capacity} seats taken`,
    waiting: (depth: number) => (depth === 0 ? 'nobody waiting' : `${depth} waiting`),
    build: (build: string) => `needs version ${build}`,
    connect: 'Connect',
    connectTo: (name: string) => `Connect to ${name}`,
    needsCharacter: 'Choose a character first.',
    here: 'You are here',
  },

  connection: {
    title: 'Connection',
    idle: {
      new: { title: 'Ready when you are', lead: 'Pick an instance below to connect.' },
      left: { title: 'You have left', lead: 'Your seat is free for somebody else. Come back any time.' },
      declined: { title: 'Nothing has changed', lead: 'Your character plays on where it was.' },
      offerExpired: { title: 'The offer is over', lead: 'Nothing has changed. Connect again to be asked once more.' },
    },
    connecting: {
      title: 'Connecting',
      lead: (where: string) => `Asking for a seat on ${where}.`,
      bar: 'Time for an answer',
    },
    queued: {
      title: 'In the queue',
      lead: (where: string) => `All seats on ${where} are taken. You get in by yourself as soon as it is your turn.`,
      linkLost: 'The connection is interrupted. Your place is kept while we try again.',
      position: 'your position',
      depth: 'in the queue',
      wait: 'expected wait',
      unknownWait: 'wait not known yet',
      waited: (seconds: number) => `Waiting for ${duration(seconds)}`,
      status: (position: number, depth: number) => `Position ${position} of ${depth}`,
    },
    admitted: {
      title: 'You are in',
      lead: (where: string, who: string) => `${who} has a seat on ${where}.`,
      resumed: 'Welcome back: this is the same session as before.',
      replaced: 'You took over from the other window or device.',
      since: 'connected for',
      session: 'Session',
    },
    reconnecting: {
      title: 'Reconnecting',
      causes: {
        network: 'The connection broke off. Your seat is kept while we try to get back.',
        restart: 'The server is restarting. Your seat is kept.',
        reload: 'Picking up where you left off.',
      },
      left: 'your seat is kept for',
      overdue: 'The server has not answered yet. If it was down itself, your seat is still there; we keep trying.',
    },
    replacing: {
      playing: {
        title: 'Already playing',
        lead: 'This character is connected in another window or on another device.',
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
    timeout: { title: 'No answer in time', lead: 'Nothing was reserved for you. Please try again.' },
    failed: {
      needs: (build: string) => `Needed version: ${build}`,
      update: 'Get the update',
      retryIn: 'try again in',
    },
    leave: 'Leave',
    leaveQueue: 'Leave the queue',
    cancel: 'Cancel',
    retry: 'Try again',
    dismiss: 'Close',
    someInstance: 'the instance',
    someCharacter: 'Your character',
  },

  admin: {
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
  },
};

export type Texts = typeof en;

/** 9 s · 1:05 min · 2:03:09 h */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const pad = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h === 0 ? `${m}:${pad(s)} min` : `${h}:${pad(m)}:${pad(s)} h`;
}
