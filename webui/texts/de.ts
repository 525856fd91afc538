/** German. */
import type { Texts } from '.';

export const code: Texts['code'] = 'de';

export const units: Texts['units'] = { seconds: 's', minutes: 'min', hours: 'h' };

export const failures: Texts['failures'] = {
  NOT_AUTHENTICATED: { title: 'Bitte melde dich neu an', advice: 'Deine Anmeldung gilt nicht mehr.' },
  RATE_LIMITED: {
    title: 'Zu viele Versuche',
    advice: 'Mehrere Versuche hintereinander sind gescheitert. Gleich kannst du es wieder versuchen.',
  },
  INVALID_REQUEST: {
    title: 'Das hat nicht geklappt',
    advice: 'Der Server hat diese Seite nicht verstanden. Lade sie neu und versuche es noch einmal.',
  },
  INVALID_INSTANCE: {
    title: 'Diese Instanz gibt es nicht mehr',
    advice: 'Sie wurde geschlossen oder hat nie bestanden. Wähle eine andere.',
  },
  NO_ACTIVE_CHARACTER: {
    title: 'Kein Charakter gewählt',
    advice: 'Wähle den Charakter, mit dem du spielen willst, und verbinde dich dann.',
  },
  CHARACTER_NOT_OWNED: {
    title: 'Das ist nicht dein Charakter',
    advice: 'Wähle einen deiner eigenen Charaktere und verbinde dich dann.',
  },
  CHARACTER_SUSPENDED: {
    title: 'Dieser Charakter ist gesperrt',
    advice: 'Er kann vorerst nicht spielen. Wähle einen anderen oder frage die Betreiber dieses Servers.',
  },
  VERSION_MISMATCH: {
    title: 'Dein Spiel ist nicht aktuell',
    advice: 'Diese Instanz braucht eine andere Version als deine. Hol sie dir und verbinde dich dann.',
  },
  MAINTENANCE: {
    title: 'Wartung',
    advice: 'Im Moment kommt niemand Neues hinein. Bitte komm später wieder.',
  },
  ALREADY_IN_SESSION: {
    title: 'Spielt schon anderswo',
    advice: 'Dieser Charakter hat einen Platz, den man von hier nicht übernehmen kann. Verlasse ihn erst dort.',
  },
  ALREADY_QUEUED: {
    title: 'Wartet schon anderswo',
    advice: 'Dieser Charakter wartet auf eine andere Instanz. Verlasse erst jene Warteschlange.',
  },
  INVALID_REPLACE_TOKEN: {
    title: 'Zu spät zum Übernehmen',
    advice: 'Das Angebot ist abgelaufen, oder drüben hat sich inzwischen etwas geändert. Verbinde dich neu.',
  },
  INSTANCE_UNAVAILABLE: {
    title: 'Das Spiel antwortet nicht',
    advice: 'Sein Server scheint ausgefallen zu sein. Versuche es gleich noch einmal.',
  },
  DRAIN_MODE: {
    title: 'Schließt bald',
    advice: 'Vor dem Schließen lässt diese Instanz niemand Neues mehr ein. Wähle eine andere.',
  },
  QUEUE_FULL: {
    title: 'Die Warteschlange ist voll',
    advice: 'Es warten so viele, dass niemand mehr Platz hat. Versuche es später noch einmal.',
  },
  CHARACTER_CHANGED: {
    title: 'Deine Wahl hat sich geändert',
    advice: 'Während des Verbindens wurde ein anderer Charakter aktiv. Verbinde dich neu.',
  },
  STORAGE_UNAVAILABLE: {
    title: 'Der Server hat Schwierigkeiten',
    advice: 'Er kann gerade niemanden einlassen. Versuche es gleich noch einmal.',
  },
  SHUTTING_DOWN: {
    title: 'Der Server startet neu',
    advice: 'Er ist bald wieder da. Versuche es gleich noch einmal.',
  },
  INTERNAL_ERROR: {
    title: 'Etwas ist kaputtgegangen',
    advice: 'Das lag nicht an dir. Versuche es gleich noch einmal.',
  },
  UNREACHABLE: {
    title: 'Der Server ist nicht erreichbar',
    advice: 'Prüfe dein Netzwerk und versuche es noch einmal.',
  },
  UNSETTLED: {
    title: 'Keine stabile Verbindung',
    advice: 'Der Server hat dich immer wieder an den Anfang geschickt. Versuche es gleich noch einmal.',
  },
  SOCKET_BLOCKED: {
    title: 'Dein Netzwerk ist im Weg',
    advice:
      'Es lässt keine stehende Verbindung durch. Nimm ein anderes Netzwerk, oder bitte die Betreiber deines Netzes, WebSockets zu diesem Server zu erlauben.',
  },
  REPLACED: {
    title: 'Anderswo weitergespielt',
    advice:
      'Ein anderes Fenster oder Gerät hat mit diesem Charakter übernommen. Verbinde dich hier, um ihn zurückzuholen.',
  },
  REMOVED: { title: 'Du wurdest entfernt', advice: 'Die Betreiber dieses Servers haben deinen Besuch beendet.' },
  INSTANCE_CLOSED: {
    title: 'Diese Instanz wurde geschlossen',
    advice: 'Alle mussten gehen. Wähle eine andere.',
  },
  PROTOCOL_BROKEN: {
    title: 'Seite und Server sind sich uneins',
    advice: 'Lade die Seite neu und verbinde dich wieder.',
  },
  STOPPED: { title: 'Der Server hat die Verbindung beendet', advice: 'Du kannst versuchen, dich neu zu verbinden.' },
};

export const connection: Texts['connection'] = {
  title: 'Verbindung',
  idle: {
    new: { title: 'Bereit, wenn du es bist', lead: 'Wähle eine Instanz, mit der du dich verbinden willst.' },
    left: { title: 'Du bist gegangen', lead: 'Dein Platz ist für jemand anderen frei. Komm jederzeit wieder.' },
    declined: { title: 'Nichts hat sich geändert', lead: 'Dein Charakter spielt dort weiter, wo er war.' },
    offerExpired: {
      title: 'Das Angebot ist abgelaufen',
      lead: 'Nichts hat sich geändert. Verbinde dich neu, um noch einmal gefragt zu werden.',
    },
  },
  connecting: {
    title: 'Verbinde',
    lead: (where) => `Frage nach einem Platz auf ${where}. Eine Antwort kommt innerhalb von 10 Sekunden.`,
    bar: 'Zeit für eine Antwort',
  },
  queued: {
    title: 'In der Warteschlange',
    lead: (where) => `Auf ${where} sind alle Plätze belegt. Du kommst von selbst hinein, sobald du an der Reihe bist.`,
    linkLost: 'Die Verbindung ist unterbrochen. Dein Platz bleibt dir, während wir es weiter versuchen.',
    polling: 'Dein Netzwerk erlaubt keine laufende Verbindung, darum wird alle paar Sekunden nachgesehen.',
    position: 'deine Position',
    depth: 'in der Schlange',
    wait: 'erwartete Wartezeit',
    unknownWait: 'Wartezeit noch nicht bekannt',
    waited: (time) => `Du wartest seit ${time}.`,
    movedUp: (places) => (places === 1 ? 'Bisher 1 Platz vorgerückt.' : `Bisher ${places} Plätze vorgerückt.`),
    progress: 'Weg durch die Warteschlange',
    stillFor: (time) =>
      `Seit ${time} ist niemand gegangen, also konnte niemand vorrücken. Du verlierst nichts, wenn du wartest.`,
    status: (position, depth) => `Position ${position} von ${depth}`,
  },
  admitted: {
    title: 'Du bist drin',
    lead: (where, who) => `${who} hat einen Platz auf ${where}.`,
    resumed: 'Willkommen zurück: Es ist dieselbe Sitzung wie zuvor.',
    replaced: 'Du hast vom anderen Fenster oder Gerät übernommen.',
    since: 'verbunden seit',
    session: 'Sitzung',
    keepOpen: 'Lass diese Seite offen, während du spielst: Sie hält deinen Platz.',
  },
  reconnecting: {
    title: 'Verbinde neu',
    causes: {
      network: 'Die Verbindung ist abgebrochen. Dein Platz bleibt dir, während wir zurückfinden.',
      restart: 'Der Server startet neu. Dein Platz bleibt dir.',
      reload: 'Es geht dort weiter, wo du warst.',
    },
    left: 'dein Platz bleibt dir noch',
    overdue:
      'Der Server hat noch nicht geantwortet. War er selbst ausgefallen, ist dein Platz noch da; wir versuchen es weiter.',
  },
  replacing: {
    playing: {
      title: 'Spielt schon',
      lead: 'Dieser Charakter spielt bereits, hier in einem anderen Fenster oder auf einem anderen Gerät.',
    },
    queued: {
      title: 'Schon in einer Warteschlange',
      lead: 'Dieser Charakter wartet auf eine andere Instanz. Wechselt er, steht er hier am Ende der Schlange.',
    },
    confirm: 'Hierher übernehmen',
    move: 'Hierher wechseln',
    decline: 'Dort lassen',
    left: 'das Angebot gilt noch',
  },
  timeout: {
    title: 'Keine Antwort zur rechten Zeit',
    lead: 'Der Server hat nicht innerhalb von 10 Sekunden entschieden. Es wurde nichts für dich belegt; versuche es noch einmal.',
  },
  failed: {
    needs: (build) => `Benötigte Version: ${build}`,
    update: 'Zur neuen Version',
    retryIn: 'bis zum nächsten Versuch',
    at: (time) => `Das war um ${time}.`,
  },
  lost: {
    seat: 'Du warst länger weg, als ein Platz gehalten wird; dies ist darum eine neue Sitzung.',
    place: 'Du warst länger weg, als ein Platz in der Schlange gehalten wird; du hast dich darum neu angestellt.',
  },
  notices: {
    draining:
      'Diese Instanz schließt bald. Wer drin ist oder schon wartet, bleibt willkommen; Neue kommen nicht mehr hinein.',
    maintenance: 'Wartung: Wer spielt, kann weiterspielen, und die Warteschlange steht, bis sie vorbei ist.',
    restart: 'Der Server startet gleich neu. Dein Platz bleibt dir.',
    silent: 'Der Spielserver antwortet nicht. Die Warteschlange wartet auf ihn, und alle behalten ihren Platz.',
  },
  connect: 'Verbinden',
  play: 'Spiel öffnen',
  playBlocked: 'Der Browser hat den neuen Tab verhindert. Erlaube ihn für diese Seite und versuche es noch einmal.',
  leave: 'Verlassen',
  leaveQueue: 'Warteschlange verlassen',
  cancel: 'Abbrechen',
  retry: 'Noch einmal versuchen',
  reload: 'Seite neu laden',
  dismiss: 'Schließen',
  someInstance: 'der Instanz',
  someCharacter: 'Dein Charakter',
};

export const auth: Texts['auth'] = {
  title: 'Willkommen',
  tagline: 'Ein Tor, eine gerechte Schlange, und dein Platz bleibt dir.',
  logIn: 'Anmelden',
  register: 'Registrieren',
  guest: 'Als Gast spielen',
  logOut: 'Abmelden',
  ways: 'Wie du hineinkommst',
  way: { logIn: 'Anmelden', register: 'Registrieren', guest: 'Gast' },
  name: 'Name',
  nameHint: '3 bis 32 Zeichen',
  password: 'Passwort',
  passwordHint: 'Mindestens 8 Zeichen',
  guestHint: 'Ein Gast hat kein Passwort: Das Konto lebt nur in diesem Browser.',
  nobody: 'Auf dieser Seite kann man sich bei diesem Server nicht anmelden.',
  elsewhere: (host: string) => `Anmelden über ${host}`,
  elsewhereFailed: 'Diese Anmeldung hat nicht geklappt. Bitte noch einmal.',
  elsewhereInsecure: 'Für die Anmeldung über einen anderen Anbieter muss diese Seite über HTTPS geöffnet sein.',
  noAnswer: 'Der Server antwortet nicht. Versuche es gleich noch einmal.',
  errors: {
    NAME_TAKEN: 'Diesen Namen hat schon jemand anderes.',
    BAD_CREDENTIALS: 'Name und Passwort passen nicht zusammen.',
    GUESTS_DISABLED: 'Gäste sind hier gerade nicht willkommen.',
  },
  limited: (time) => `Zu viele Versuche. Warte ${time}.`,
  crowded: (time) =>
    `Gerade kommen mehr auf einmal, als hereingelassen werden können. Versuche es in ${time} noch einmal.`,
  other: 'Das hat nicht geklappt. Prüfe deine Eingabe.',
};

export const account: Texts['account'] = {
  title: 'Konto',
  password: 'Passwort ändern',
  current: 'Bisheriges Passwort',
  next: 'Neues Passwort',
  change: 'Ändern',
  changed: 'Geändert. Überall sonst bist du abgemeldet.',
  everywhere: 'Überall abmelden',
  everywhereHint: 'Auf diesem Gerät und allen anderen. Ein Platz, den du hast, bleibt.',
  keep: 'Dieses Konto behalten',
  keepHint: 'Mit Name und Passwort gehört dir das Gastkonto auf jedem Gerät. Deine Figuren bleiben.',
  remove: 'Konto löschen',
  removeHint: 'Deine Figuren und dein Platz gehen mit. Das lässt sich nicht rückgängig machen.',
  yes: 'Endgültig löschen',
  no: 'Behalten',
  errors: {
    PASSWORD_CHANGE_REQUIRED: 'Du brauchst ein neues Passwort, bevor du dich anmelden kannst. Wähle eines.',
    WRONG_PASSWORD: 'Das ist nicht dein bisheriges Passwort.',
  },
};

export const characters: Texts['characters'] = {
  title: 'Charaktere',
  legend: 'Mit wem spielst du?',
  none: 'Noch kein Charakter. Gib deinem ersten einen Namen.',
  name: 'Name des neuen Charakters',
  placeholder: 'Neuer Charakter',
  make: 'Anlegen',
  suspended: 'gesperrt',
  remove: (name) => `${name} löschen`,
  sure: (name) => `${name} endgültig löschen?`,
  yes: 'Löschen',
  no: 'Behalten',
  errors: { CHARACTER_IN_USE: 'Dieser Charakter spielt oder wartet. Verlasse erst seinen Platz.' },
  tooMany: 'Du hast so viele Charaktere, wie ein Konto haben kann.',
  other: 'Das hat nicht geklappt. Versuche es noch einmal.',
};

export const instances: Texts['instances'] = {
  title: 'Instanzen',
  none: 'Im Moment gibt es keine Instanz.',
  noAnswer: 'Die Liste ließ sich nicht auffrischen. Wird weiter versucht.',
  states: { open: 'offen', draining: 'schließt bald', maintenance: 'Wartung', closed: 'geschlossen' },
  silent: 'Spiel antwortet nicht',
  seats: (taken, capacity) => `${taken} von ${capacity} Plätzen belegt`,
  waiting: (depth) => (depth === 0 ? 'niemand wartet' : `${depth} in der Schlange`),
  build: (build) => `braucht Version ${build}`,
  connectTo: (name) => `Mit ${name} verbinden`,
  needsCharacter: 'Wähle zuerst einen Charakter.',
  here: 'Du bist hier',
};

export const page: Texts['page'] = {
  language: 'Sprache',
  sound: 'Ton, wenn ich an der Reihe bin',
  offline: 'Dieses Gerät ist nicht im Netz.',
};
