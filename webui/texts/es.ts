/** Spanish. */
import type { Texts } from '.';

export const code: Texts['code'] = 'es';

export const units: Texts['units'] = { seconds: 's', minutes: 'min', hours: 'h' };

export const failures: Texts['failures'] = {
  NOT_AUTHENTICATED: { title: 'Vuelve a iniciar sesión', advice: 'Tu inicio de sesión ya no es válido.' },
  RATE_LIMITED: {
    title: 'Demasiados intentos',
    advice: 'Varios intentos seguidos han fallado. En un momento podrás volver a intentarlo.',
  },
  INVALID_REQUEST: {
    title: 'No ha funcionado',
    advice: 'El servidor no ha entendido esta página. Recárgala y vuelve a intentarlo.',
  },
  INVALID_INSTANCE: {
    title: 'Esta instancia ya no existe',
    advice: 'La han cerrado o nunca existió. Elige otra.',
  },
  NO_ACTIVE_CHARACTER: {
    title: 'Ningún personaje elegido',
    advice: 'Elige el personaje con el que quieres jugar y después conéctate.',
  },
  CHARACTER_NOT_OWNED: {
    title: 'Este personaje no es tuyo',
    advice: 'Elige uno de tus personajes y después conéctate.',
  },
  CHARACTER_SUSPENDED: {
    title: 'Este personaje está suspendido',
    advice: 'Por ahora no puede jugar. Elige otro o pregunta a quienes llevan este servidor.',
  },
  VERSION_MISMATCH: {
    title: 'Tu juego no está al día',
    advice: 'Esta instancia necesita otra versión que la tuya. Consíguela y después conéctate.',
  },
  MAINTENANCE: {
    title: 'En mantenimiento',
    advice: 'Ahora mismo no puede entrar nadie nuevo. Vuelve más tarde.',
  },
  ALREADY_IN_SESSION: {
    title: 'Ya juega en otro sitio',
    advice: 'Este personaje tiene una plaza que no se puede tomar desde aquí. Déjala primero allí.',
  },
  ALREADY_QUEUED: {
    title: 'Ya espera en otro sitio',
    advice: 'Este personaje espera otra instancia. Deja primero aquella cola.',
  },
  INVALID_REPLACE_TOKEN: {
    title: 'Demasiado tarde para tomarlo',
    advice: 'La oferta ha pasado o el otro lado ha cambiado entretanto. Conéctate de nuevo.',
  },
  INSTANCE_UNAVAILABLE: {
    title: 'El juego no responde',
    advice: 'Su servidor parece caído. Vuelve a intentarlo en un momento.',
  },
  DRAIN_MODE: {
    title: 'Cierra pronto',
    advice: 'Antes de cerrar, esta instancia ya no deja entrar a nadie nuevo. Elige otra.',
  },
  QUEUE_FULL: {
    title: 'La cola está llena',
    advice: 'Esperan tantos que no cabe nadie más. Vuelve a intentarlo más tarde.',
  },
  CHARACTER_CHANGED: {
    title: 'Tu elección ha cambiado',
    advice: 'Otro personaje pasó a ser el activo mientras te conectabas. Conéctate de nuevo.',
  },
  STORAGE_UNAVAILABLE: {
    title: 'El servidor tiene problemas',
    advice: 'Ahora mismo no puede dejar entrar a nadie. Vuelve a intentarlo en un momento.',
  },
  SHUTTING_DOWN: {
    title: 'El servidor se está reiniciando',
    advice: 'Volverá enseguida. Vuelve a intentarlo en un momento.',
  },
  INTERNAL_ERROR: {
    title: 'Algo se ha roto',
    advice: 'No ha sido culpa tuya. Vuelve a intentarlo en un momento.',
  },
  UNREACHABLE: { title: 'No se llega al servidor', advice: 'Comprueba tu red y vuelve a intentarlo.' },
  UNSETTLED: {
    title: 'Conexión inestable',
    advice: 'El servidor te ha devuelto al principio varias veces. Vuelve a intentarlo en un momento.',
  },
  SOCKET_BLOCKED: {
    title: 'Tu red lo impide',
    advice:
      'No deja pasar ninguna conexión continua. Prueba con otra red o pide a quienes llevan la tuya que permitan WebSockets hacia este servidor.',
  },
  REPLACED: {
    title: 'Continuado en otro sitio',
    advice: 'Otra ventana u otro dispositivo ha tomado el relevo con este personaje. Conéctate aquí para recuperarlo.',
  },
  REMOVED: { title: 'Te han retirado', advice: 'Quienes llevan este servidor han terminado tu visita.' },
  INSTANCE_CLOSED: { title: 'Han cerrado esta instancia', advice: 'Todos han tenido que salir. Elige otra.' },
  PROTOCOL_BROKEN: {
    title: 'La página y el servidor no se entienden',
    advice: 'Recarga la página y conéctate de nuevo.',
  },
  STOPPED: { title: 'El servidor ha terminado la conexión', advice: 'Puedes intentar conectarte de nuevo.' },
};

export const connection: Texts['connection'] = {
  title: 'Conexión',
  idle: {
    new: { title: 'Cuando quieras', lead: 'Elige una instancia a la que conectarte.' },
    left: { title: 'Has salido', lead: 'Tu plaza queda libre para otra persona. Vuelve cuando quieras.' },
    declined: { title: 'Nada ha cambiado', lead: 'Tu personaje sigue jugando donde estaba.' },
    offerExpired: {
      title: 'La oferta ha pasado',
      lead: 'Nada ha cambiado. Conéctate de nuevo para que se te vuelva a preguntar.',
    },
  },
  connecting: {
    title: 'Conectando',
    lead: (where) => `Pidiendo una plaza en ${where}. Tendrás respuesta en 10 segundos como mucho.`,
    bar: 'Tiempo para una respuesta',
  },
  queued: {
    title: 'En la cola',
    lead: (where) => `Todas las plazas de ${where} están ocupadas. Entrarás sin hacer nada en cuanto sea tu turno.`,
    linkLost: 'La conexión se ha interrumpido. Tu puesto se guarda mientras lo seguimos intentando.',
    polling: 'Tu red no permite avisos en directo, así que tu puesto se consulta cada pocos segundos.',
    position: 'tu posición',
    depth: 'en la cola',
    wait: 'espera prevista',
    unknownWait: 'espera aún desconocida',
    waited: (time) => `Llevas esperando ${time}.`,
    movedUp: (places) => (places === 1 ? 'Has avanzado 1 puesto.' : `Has avanzado ${places} puestos.`),
    progress: 'Camino recorrido en la cola',
    stillFor: (time) =>
      `Nadie ha salido desde hace ${time}, así que nadie ha podido avanzar. Por esperar no pierdes nada.`,
    status: (position, depth) => `Posición ${position} de ${depth}`,
  },
  admitted: {
    title: 'Estás dentro',
    lead: (where, who) => `${who} tiene una plaza en ${where}.`,
    resumed: 'Bienvenido de nuevo: es la misma sesión que antes.',
    replaced: 'Has tomado el relevo de la otra ventana o del otro dispositivo.',
    since: 'conectado desde hace',
    session: 'Sesión',
    keepOpen: 'Deja esta página abierta mientras juegas: guarda tu plaza.',
  },
  reconnecting: {
    title: 'Reconectando',
    causes: {
      network: 'La conexión se ha cortado. Tu plaza se guarda mientras volvemos.',
      restart: 'El servidor se está reiniciando. Tu plaza se guarda.',
      reload: 'Seguimos donde lo dejaste.',
    },
    left: 'tu plaza se guarda aún',
    overdue: 'El servidor aún no ha respondido. Si él mismo estaba caído, tu plaza sigue ahí; lo seguimos intentando.',
  },
  replacing: {
    playing: {
      title: 'Ya está jugando',
      lead: 'Este personaje ya está jugando, aquí en otra ventana o en otro dispositivo.',
    },
    queued: {
      title: 'Ya está en una cola',
      lead: 'Este personaje espera otra instancia. Si cambia, irá al final de esta cola.',
    },
    confirm: 'Tomar el relevo aquí',
    move: 'Traer aquí',
    decline: 'Dejarlo allí',
    left: 'la oferta vale aún',
  },
  timeout: {
    title: 'Sin respuesta a tiempo',
    lead: 'El servidor no ha decidido en 10 segundos. No se ha reservado nada para ti; vuelve a intentarlo.',
  },
  failed: {
    needs: (build) => `Versión necesaria: ${build}`,
    update: 'Conseguir la actualización',
    retryIn: 'para volver a intentarlo',
    at: (time) => `Fue a las ${time}.`,
  },
  lost: {
    seat: 'Estuviste fuera más tiempo del que se guarda una plaza, así que esta es una sesión nueva.',
    place: 'Estuviste fuera más tiempo del que se guarda un puesto, así que has vuelto a entrar en la cola.',
  },
  notices: {
    draining:
      'Esta instancia cierra pronto. Quien está dentro o ya espera sigue siendo bienvenido; no entra nadie nuevo.',
    maintenance: 'Mantenimiento: quien juega puede seguir, y la cola no se mueve hasta que termine.',
    restart: 'El servidor está a punto de reiniciarse. Tu plaza y tu puesto se guardan.',
    silent: 'El servidor del juego no responde. La cola lo espera y todos conservan su puesto.',
  },
  connect: 'Conectar',
  play: 'Abrir el juego',
  playBlocked: 'El navegador ha bloqueado la pestaña nueva. Permítela para esta página y vuelve a intentarlo.',
  leave: 'Salir',
  leaveQueue: 'Salir de la cola',
  cancel: 'Cancelar',
  retry: 'Volver a intentarlo',
  reload: 'Recargar la página',
  dismiss: 'Cerrar',
  someInstance: 'la instancia',
  someCharacter: 'Tu personaje',
};

export const auth: Texts['auth'] = {
  title: 'Bienvenido',
  tagline: 'Una puerta, una cola justa, y tu plaza se guarda.',
  logIn: 'Iniciar sesión',
  register: 'Registrarse',
  guest: 'Jugar como invitado',
  logOut: 'Cerrar sesión',
  ways: 'Cómo entrar',
  way: { logIn: 'Entrar', register: 'Registrarse', guest: 'Invitado' },
  name: 'Nombre',
  nameHint: 'De 3 a 32 caracteres',
  password: 'Contraseña',
  passwordHint: 'Al menos 8 caracteres',
  guestHint: 'Un invitado no tiene contraseña: la cuenta vive solo en este navegador.',
  nobody: 'Este servidor no admite inicios de sesión desde esta página.',
  elsewhere: (host: string) => `Iniciar sesión con ${host}`,
  elsewhereFailed: 'Ese inicio de sesión no funcionó. Inténtalo de nuevo.',
  elsewhereInsecure: 'Para iniciar sesión con otro proveedor, abre esta página por HTTPS.',
  noAnswer: 'El servidor no responde. Vuelve a intentarlo en un momento.',
  errors: {
    NAME_TAKEN: 'Otra persona ya tiene este nombre.',
    BAD_CREDENTIALS: 'El nombre y la contraseña no coinciden.',
    GUESTS_DISABLED: 'Ahora mismo no se admiten invitados.',
  },
  limited: (time) => `Demasiados intentos. Espera ${time}.`,
  crowded: (time) => `Llegan más jugadores a la vez de los que se pueden atender. Vuelve a intentarlo en ${time}.`,
  other: 'No ha funcionado. Comprueba lo que has escrito.',
};

export const account: Texts['account'] = {
  title: 'Cuenta',
  password: 'Cambiar la contraseña',
  current: 'Contraseña actual',
  next: 'Contraseña nueva',
  change: 'Cambiar',
  changed: 'Cambiada. Se cerró la sesión en todos los demás sitios.',
  everywhere: 'Cerrar sesión en todas partes',
  everywhereHint: 'En este dispositivo y en todos los demás. La plaza que tengas se mantiene.',
  keep: 'Conservar esta cuenta',
  keepHint:
    'Con un nombre y una contraseña, la cuenta de invitado es tuya en cualquier dispositivo. Tus personajes se quedan.',
  remove: 'Eliminar la cuenta',
  removeHint: 'Tus personajes y tu plaza se van con ella. No se puede deshacer.',
  yes: 'Eliminar para siempre',
  no: 'Conservar',
  errors: {
    PASSWORD_CHANGE_REQUIRED: 'Necesitas una contraseña nueva antes de iniciar sesión. Elige una.',
    WRONG_PASSWORD: 'Esa no es tu contraseña actual.',
  },
};

export const characters: Texts['characters'] = {
  title: 'Personajes',
  legend: '¿Con quién juegas?',
  none: 'Todavía no hay personajes. Ponle nombre al primero.',
  name: 'Nombre del personaje nuevo',
  placeholder: 'Personaje nuevo',
  make: 'Crear',
  suspended: 'suspendido',
  remove: (name) => `Borrar a ${name}`,
  sure: (name) => `¿Borrar a ${name} para siempre?`,
  yes: 'Borrar',
  no: 'Conservar',
  errors: { CHARACTER_IN_USE: 'Este personaje está jugando o esperando. Déjalo salir primero.' },
  tooMany: 'Tienes tantos personajes como puede tener una cuenta.',
  other: 'No ha funcionado. Vuelve a intentarlo.',
};

export const instances: Texts['instances'] = {
  title: 'Instancias',
  none: 'Ahora mismo no hay ninguna instancia.',
  noAnswer: 'No se ha podido actualizar la lista. Se sigue intentando.',
  states: { open: 'abierta', draining: 'cierra pronto', maintenance: 'mantenimiento', closed: 'cerrada' },
  silent: 'el juego no responde',
  seats: (taken, capacity) => `${taken} de ${capacity} plazas ocupadas`,
  waiting: (depth) => (depth === 0 ? 'nadie espera' : `${depth} en espera`),
  build: (build) => `necesita la versión ${build}`,
  connectTo: (name) => `Conectar a ${name}`,
  needsCharacter: 'Elige primero un personaje.',
  here: 'Estás aquí',
};

export const page: Texts['page'] = {
  language: 'Idioma',
  sound: 'Un sonido cuando sea mi turno',
  offline: 'Este dispositivo no está en la red.',
};
