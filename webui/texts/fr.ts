/** French. */
import type { Texts } from '.';

export const code: Texts['code'] = 'fr';

export const units: Texts['units'] = { seconds: 's', minutes: 'min', hours: 'h' };

export const failures: Texts['failures'] = {
  NOT_AUTHENTICATED: { title: 'Reconnectez-vous à votre compte', advice: 'Votre identification n’est plus valable.' },
  RATE_LIMITED: {
    title: 'Trop de tentatives',
    advice: 'Plusieurs tentatives de suite ont échoué. Vous pourrez réessayer dans un instant.',
  },
  INVALID_REQUEST: {
    title: 'Cela n’a pas marché',
    advice: 'Le serveur n’a pas compris cette page. Rechargez-la et réessayez.',
  },
  INVALID_INSTANCE: {
    title: 'Cette instance n’existe plus',
    advice: 'Elle a été fermée ou n’a jamais existé. Choisissez-en une autre.',
  },
  NO_ACTIVE_CHARACTER: {
    title: 'Aucun personnage choisi',
    advice: 'Choisissez le personnage avec lequel jouer, puis connectez-vous.',
  },
  CHARACTER_NOT_OWNED: {
    title: 'Ce personnage n’est pas à vous',
    advice: 'Choisissez l’un de vos personnages, puis connectez-vous.',
  },
  CHARACTER_SUSPENDED: {
    title: 'Ce personnage est suspendu',
    advice: 'Il ne peut pas jouer pour le moment. Choisissez-en un autre ou demandez aux responsables du serveur.',
  },
  VERSION_MISMATCH: {
    title: 'Votre jeu n’est pas à jour',
    advice: 'Cette instance demande une autre version que la vôtre. Installez-la, puis connectez-vous.',
  },
  MAINTENANCE: {
    title: 'En maintenance',
    advice: 'Personne de nouveau ne peut entrer pour le moment. Revenez plus tard.',
  },
  ALREADY_IN_SESSION: {
    title: 'Déjà en jeu ailleurs',
    advice: 'Ce personnage occupe une place qui ne peut pas être reprise d’ici. Quittez-la d’abord là-bas.',
  },
  ALREADY_QUEUED: {
    title: 'Déjà en attente ailleurs',
    advice: 'Ce personnage attend une autre instance. Quittez d’abord cette file.',
  },
  INVALID_REPLACE_TOKEN: {
    title: 'Trop tard pour reprendre',
    advice: 'L’offre est passée, ou l’autre côté a changé entre-temps. Connectez-vous de nouveau.',
  },
  INSTANCE_UNAVAILABLE: {
    title: 'Le jeu ne répond pas',
    advice: 'Son serveur semble arrêté. Réessayez dans un instant.',
  },
  DRAIN_MODE: {
    title: 'Fermeture prochaine',
    advice: 'Cette instance n’accepte plus personne avant de fermer. Choisissez-en une autre.',
  },
  QUEUE_FULL: {
    title: 'La file est pleine',
    advice: 'Il y a trop de monde en attente pour prendre quelqu’un de plus. Réessayez plus tard.',
  },
  CHARACTER_CHANGED: {
    title: 'Votre choix a changé',
    advice: 'Un autre personnage est devenu actif pendant la connexion. Connectez-vous de nouveau.',
  },
  STORAGE_UNAVAILABLE: {
    title: 'Le serveur a des difficultés',
    advice: 'Il ne peut laisser entrer personne pour l’instant. Réessayez dans un instant.',
  },
  SHUTTING_DOWN: { title: 'Le serveur redémarre', advice: 'Il revient bientôt. Réessayez dans un instant.' },
  INTERNAL_ERROR: {
    title: 'Quelque chose s’est cassé',
    advice: 'Ce n’était pas votre faute. Réessayez dans un instant.',
  },
  UNREACHABLE: { title: 'Le serveur est injoignable', advice: 'Vérifiez votre réseau et réessayez.' },
  UNSETTLED: {
    title: 'Connexion instable',
    advice: 'Le serveur vous a renvoyé plusieurs fois au départ. Réessayez dans un instant.',
  },
  SOCKET_BLOCKED: {
    title: 'Votre réseau fait obstacle',
    advice:
      'Il ne laisse passer aucune connexion continue. Essayez un autre réseau, ou demandez aux responsables du vôtre d’autoriser les WebSockets vers ce serveur.',
  },
  REPLACED: {
    title: 'Repris ailleurs',
    advice:
      'Une autre fenêtre ou un autre appareil a pris le relais avec ce personnage. Connectez-vous ici pour le récupérer.',
  },
  REMOVED: { title: 'Vous avez été retiré', advice: 'Les responsables du serveur ont mis fin à votre visite.' },
  INSTANCE_CLOSED: {
    title: 'Cette instance a été fermée',
    advice: 'Tout le monde a dû partir. Choisissez-en une autre.',
  },
  PROTOCOL_BROKEN: {
    title: 'La page et le serveur ne s’entendent pas',
    advice: 'Rechargez la page et connectez-vous de nouveau.',
  },
  STOPPED: { title: 'Le serveur a mis fin à la connexion', advice: 'Vous pouvez essayer de vous reconnecter.' },
};

export const connection: Texts['connection'] = {
  title: 'Connexion',
  idle: {
    new: { title: 'Prêt quand vous l’êtes', lead: 'Choisissez une instance à laquelle vous connecter.' },
    left: {
      title: 'Vous êtes parti',
      lead: 'Votre place est libre pour quelqu’un d’autre. Revenez quand vous voulez.',
    },
    declined: { title: 'Rien n’a changé', lead: 'Votre personnage continue de jouer là où il était.' },
    offerExpired: {
      title: 'L’offre est passée',
      lead: 'Rien n’a changé. Connectez-vous de nouveau pour que la question soit reposée.',
    },
  },
  connecting: {
    title: 'Connexion en cours',
    lead: (where) => `Demande d’une place sur ${where}. La réponse vient en 10 secondes au plus.`,
    bar: 'Temps pour une réponse',
  },
  queued: {
    title: 'Dans la file',
    lead: (where) => `Toutes les places sur ${where} sont prises. Vous entrerez tout seul dès que ce sera votre tour.`,
    linkLost: 'La connexion est interrompue. Votre place est gardée pendant que nous réessayons.',
    polling: 'Votre réseau ne permet pas de suivi en direct : votre place est vérifiée toutes les quelques secondes.',
    position: 'votre position',
    depth: 'dans la file',
    wait: 'attente prévue',
    unknownWait: 'attente encore inconnue',
    waited: (time) => `En attente depuis ${time}.`,
    movedUp: (places) => (places === 1 ? 'Avancé de 1 place jusqu’ici.' : `Avancé de ${places} places jusqu’ici.`),
    progress: 'Chemin parcouru dans la file',
    stillFor: (time) =>
      `Personne n’est parti depuis ${time}, donc personne n’a pu avancer. Attendre ne vous fait rien perdre.`,
    status: (position, depth) => `Position ${position} sur ${depth}`,
  },
  admitted: {
    title: 'Vous y êtes',
    lead: (where, who) => `${who} a une place sur ${where}.`,
    resumed: 'Bon retour : c’est la même session qu’avant.',
    replaced: 'Vous avez pris le relais de l’autre fenêtre ou appareil.',
    since: 'connecté depuis',
    session: 'Session',
    keepOpen: 'Laissez cette page ouverte pendant que vous jouez : elle garde votre place.',
  },
  reconnecting: {
    title: 'Reconnexion',
    causes: {
      network: 'La connexion s’est coupée. Votre place est gardée pendant que nous revenons.',
      restart: 'Le serveur redémarre. Votre place est gardée.',
      reload: 'On reprend là où vous en étiez.',
    },
    left: 'votre place est gardée encore',
    overdue:
      'Le serveur n’a pas encore répondu. S’il était lui-même arrêté, votre place est toujours là ; nous continuons d’essayer.',
  },
  replacing: {
    playing: {
      title: 'Déjà en jeu',
      lead: 'Ce personnage joue déjà, ici dans une autre fenêtre ou sur un autre appareil.',
    },
    queued: {
      title: 'Déjà dans une file',
      lead: 'Ce personnage attend une autre instance. S’il change, il sera à la fin de cette file.',
    },
    confirm: 'Reprendre ici',
    move: 'Venir ici',
    decline: 'Le laisser là-bas',
    left: 'l’offre tient encore',
  },
  timeout: {
    title: 'Pas de réponse à temps',
    lead: 'Le serveur n’a pas décidé en 10 secondes. Rien n’a été réservé pour vous ; réessayez.',
  },
  failed: {
    needs: (build) => `Version demandée : ${build}`,
    update: 'Obtenir la mise à jour',
    retryIn: 'avant de réessayer',
    at: (time) => `C’était à ${time}.`,
  },
  lost: {
    seat: 'Vous êtes parti plus longtemps qu’une place n’est gardée : ceci est une nouvelle session.',
    place: 'Vous êtes parti plus longtemps qu’un rang n’est gardé : vous avez rejoint la file de nouveau.',
  },
  notices: {
    draining:
      'Cette instance ferme bientôt. Ceux qui y sont ou attendent déjà restent bienvenus ; personne de nouveau n’entre.',
    maintenance: 'Maintenance : ceux qui jouent peuvent continuer, et la file ne bouge pas jusqu’à la fin.',
    restart: 'Le serveur va redémarrer. Votre place et votre rang sont gardés.',
    silent: 'Le serveur de jeu ne répond pas. La file l’attend, et chacun garde son rang.',
  },
  connect: 'Se connecter',
  play: 'Ouvrir le jeu',
  playBlocked: 'Le navigateur a bloqué le nouvel onglet. Autorisez-le pour cette page, puis réessayez.',
  leave: 'Quitter',
  leaveQueue: 'Quitter la file',
  cancel: 'Annuler',
  retry: 'Réessayer',
  reload: 'Recharger la page',
  dismiss: 'Fermer',
  someInstance: 'l’instance',
  someCharacter: 'Votre personnage',
};

export const auth: Texts['auth'] = {
  title: 'Bienvenue',
  tagline: 'Une porte, une file équitable, et votre place est gardée.',
  logIn: 'S’identifier',
  register: 'S’inscrire',
  guest: 'Jouer en invité',
  logOut: 'Se déconnecter',
  ways: 'Comment entrer',
  way: { logIn: 'S’identifier', register: 'S’inscrire', guest: 'Invité' },
  name: 'Nom',
  nameHint: '3 à 32 caractères',
  password: 'Mot de passe',
  passwordHint: 'Au moins 8 caractères',
  guestHint: 'Un invité n’a pas de mot de passe : le compte ne vit que dans ce navigateur.',
  nobody: 'Ce serveur n’accepte pas d’identification depuis cette page.',
  elsewhere: (host: string) => `Se connecter avec ${host}`,
  elsewhereFailed: 'Cette identification n’a pas abouti. Réessaie.',
  elsewhereInsecure: 'Pour s’identifier auprès d’un autre fournisseur, cette page doit être ouverte en HTTPS.',
  noAnswer: 'Le serveur ne répond pas. Réessayez dans un instant.',
  errors: {
    NAME_TAKEN: 'Quelqu’un d’autre porte déjà ce nom.',
    BAD_CREDENTIALS: 'Le nom et le mot de passe ne vont pas ensemble.',
    GUESTS_DISABLED: 'Les invités ne sont pas admis ici en ce moment.',
  },
  limited: (time) => `Trop de tentatives. Attendez ${time}.`,
  crowded: (time) => `Trop de joueurs arrivent en même temps. Réessayez dans ${time}.`,
  other: 'Cela n’a pas marché. Vérifiez votre saisie.',
};

export const account: Texts['account'] = {
  title: 'Compte',
  password: 'Changer le mot de passe',
  current: 'Mot de passe actuel',
  next: 'Nouveau mot de passe',
  change: 'Changer',
  changed: 'C’est fait. Tu es déconnecté partout ailleurs.',
  everywhere: 'Se déconnecter partout',
  everywhereHint: 'Sur cet appareil et tous les autres. La place que tu occupes reste.',
  keep: 'Garder ce compte',
  keepHint: 'Avec un nom et un mot de passe, le compte d’invité est à toi sur tout appareil. Tes personnages restent.',
  remove: 'Supprimer le compte',
  removeHint: 'Tes personnages et ta place partent avec lui. C’est irréversible.',
  yes: 'Supprimer définitivement',
  no: 'Garder',
  errors: {
    PASSWORD_CHANGE_REQUIRED: 'Il te faut un nouveau mot de passe avant de te connecter. Choisis-en un.',
    WRONG_PASSWORD: 'Ce n’est pas ton mot de passe actuel.',
  },
};

export const characters: Texts['characters'] = {
  title: 'Personnages',
  legend: 'Avec qui jouez-vous ?',
  none: 'Pas encore de personnage. Donnez un nom au premier.',
  name: 'Nom du nouveau personnage',
  placeholder: 'Nouveau personnage',
  make: 'Créer',
  suspended: 'suspendu',
  remove: (name) => `Supprimer ${name}`,
  sure: (name) => `Supprimer ${name} pour de bon ?`,
  yes: 'Supprimer',
  no: 'Garder',
  errors: { CHARACTER_IN_USE: 'Ce personnage joue ou attend. Quittez d’abord sa place.' },
  tooMany: 'Vous avez autant de personnages qu’un compte peut en avoir.',
  other: 'Cela n’a pas marché. Réessayez.',
};

export const instances: Texts['instances'] = {
  title: 'Instances',
  none: 'Il n’y a aucune instance pour le moment.',
  noAnswer: 'La liste n’a pas pu être actualisée. Nouvel essai en cours.',
  states: { open: 'ouverte', draining: 'ferme bientôt', maintenance: 'maintenance', closed: 'fermée' },
  silent: 'le jeu ne répond pas',
  seats: (taken, capacity) => `${taken} places prises sur ${capacity}`,
  waiting: (depth) => (depth === 0 ? 'personne n’attend' : `${depth} en attente`),
  build: (build) => `demande la version ${build}`,
  connectTo: (name) => `Se connecter à ${name}`,
  needsCharacter: 'Choisissez d’abord un personnage.',
  here: 'Vous êtes ici',
};

export const page: Texts['page'] = {
  language: 'Langue',
  sound: 'Un son quand c’est mon tour',
  offline: 'Cet appareil est hors réseau.',
};
