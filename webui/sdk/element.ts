/**
 * `<gatekeeper-connect>`: the whole connection as one element, for pages without a framework. Attributes: `url`,
 * `instance`, `build`, `character`, `name` (of the instance, to be read), `game-url`, `lang`. Its look follows CSS custom
 * properties (`--gatekeeper-…`) and parts, its title and lead in each state are slots, such as `queued-lead`. It tells each change
 * of its state with a `statechange` event.
 */
import { bestLanguage, en, loadTexts, type Texts } from '../texts';
import { carryOut, openGame } from './deed';
import { styles } from './element-style';
import { type ConnectionState, createGatekeeper, type Gatekeeper, initialState } from './gatekeeper';
import { type Action, type Deed, type View, viewOf } from './view';

const tickMs = 250;

export class GatekeeperConnect extends HTMLElement {
  static observedAttributes = ['url', 'instance', 'build', 'lang'];

  /** Gives the player token; set it before the first connect. */
  getToken: () => string | null | Promise<string | null> = () => null;

  #gate: Gatekeeper | null = null;
  #texts: Texts = en;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #parts: Parts;
  /** What the player's last press ran into; empty for nothing. */
  #problem = '';

  constructor() {
    super();
    this.#parts = build(this.attachShadow({ mode: 'open' }), (deed) => void this.#act(deed));
  }

  /** The connection itself, while the element is in a page. */
  get gatekeeper(): Gatekeeper | null {
    return this.#gate;
  }

  connectedCallback(): void {
    void this.#open();
  }

  disconnectedCallback(): void {
    this.#close();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    if (name === 'lang') void this.#translate();
    else void this.#open();
  }

  async #open(): Promise<void> {
    this.#close();
    // Attributes are set one after the other, and `getToken` after the element is made.
    await Promise.resolve();
    const instanceId = this.getAttribute('instance');
    if (!this.isConnected || !instanceId || this.#gate) return;
    this.#gate = createGatekeeper({
      url: this.getAttribute('url') ?? undefined,
      instanceId,
      clientBuild: this.getAttribute('build') ?? '',
      getToken: () => this.getToken(),
    });
    this.#gate.subscribe((state) => this.#show(state));
    void this.#translate();
  }

  #close(): void {
    clearInterval(this.#ticking);
    this.#gate?.dispose();
    this.#gate = null;
  }

  async #translate(): Promise<void> {
    const lang = this.getAttribute('lang') || document.documentElement.lang;
    this.#texts = await loadTexts(bestLanguage(lang ? [lang] : navigator.languages));
    this.#draw();
  }

  #show(state: ConnectionState): void {
    clearInterval(this.#ticking);
    this.#problem = '';
    if (state.kind !== 'idle') this.#ticking = setInterval(() => this.#draw(), tickMs);
    this.#draw();
    this.dispatchEvent(new CustomEvent('statechange', { detail: state }));
  }

  #draw(): void {
    const texts = this.#texts;
    const where = this.getAttribute('name') || this.getAttribute('instance') || texts.connection.someInstance;
    const view = viewOf(this.#gate?.state() ?? initialState, {
      now: Date.now(),
      texts,
      where,
      who: texts.connection.someCharacter,
      offersConnect: true,
      offersPlay: this.hasAttribute('game-url'),
    });
    draw(this.#parts, this.#problem ? { ...view, notes: [this.#problem, ...view.notes], spoken: this.#problem } : view);
  }

  async #act(deed: Deed): Promise<void> {
    if (deed !== 'play') return carryOut(deed, this.#gate, this.getAttribute('character'));
    const isOpen = await openGame(this.getAttribute('game-url') ?? '', this.#gate);
    this.#problem = isOpen ? '' : this.#texts.connection.playBlocked;
    this.#draw();
  }
}

interface Parts {
  surface: HTMLElement;
  title: HTMLElement;
  lead: HTMLElement;
  notes: HTMLElement;
  figures: HTMLElement;
  bar: HTMLProgressElement;
  actions: HTMLElement;
  live: HTMLElement;
  act: (deed: Deed) => void;
}

function build(root: ShadowRoot, act: (deed: Deed) => void): Parts {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  root.adoptedStyleSheets = [sheet];
  const surface = make('section');
  surface.setAttribute('part', 'surface');
  const bar = make('progress');
  const [title, lead, notes] = [slotted(make('h2')), slotted(make('p')), make('div')];
  const [figures, actions, live] = [make('dl'), make('div'), make('p')];
  lead.setAttribute('part', 'lead');
  title.setAttribute('part', 'title');
  notes.className = 'notes';
  actions.className = 'actions';
  live.className = 'unseen';
  live.setAttribute('aria-live', 'polite');
  surface.append(title, lead, notes, figures, bar, actions);
  root.append(surface, live);
  return { surface, title, lead, notes, figures, bar, actions, live, act };
}

function make<Name extends keyof HTMLElementTagNameMap>(name: Name, text = ''): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function slotted(element: HTMLElement): HTMLElement {
  element.append(document.createElement('slot'));
  return element;
}

function draw(parts: Parts, view: View): void {
  const { surface, title, lead, notes, figures, bar, actions, live } = parts;
  surface.dataset.state = view.kind;
  surface.dataset.tone = view.tone;
  fill(title, `${view.kind}-title`, view.title);
  fill(lead, `${view.kind}-lead`, view.lead);
  replace(notes, notesOf(view));
  replace(
    figures,
    view.figures.flatMap(({ value, label }) => [make('dt', label), make('dd', value)]),
  );
  bar.hidden = view.bar === null;
  if (view.bar) {
    bar.max = view.bar.max;
    bar.value = view.bar.value;
    bar.setAttribute('aria-label', view.bar.label);
  }
  replace(
    actions,
    view.actions.map((action) => button(action, parts.act)),
  );
  if (live.textContent !== view.spoken) live.textContent = view.spoken;
}

/** A slot's own text is what shows where the page gives none. */
function fill(element: HTMLElement, slot: string, text: string): void {
  const inner = element.firstElementChild as HTMLSlotElement;
  if (inner.name !== slot) inner.name = slot;
  if (inner.textContent !== text) inner.textContent = text;
}

function notesOf({ words, notes, reference, link }: View): HTMLElement[] {
  const list: HTMLElement[] = notes.map((note) => make('p', note));
  if (words) list.unshift(make('blockquote', words));
  if (reference) {
    const line = make('p', `${reference.label} `);
    line.append(make('code', reference.id));
    list.push(line);
  }
  if (link) {
    const line = make('p');
    line.append(Object.assign(make('a', link.label), { href: link.url, rel: 'noreferrer' }));
    list.push(line);
  }
  return list;
}

function button({ deed, label, isPrimary, isDisabled }: Action, act: (deed: Deed) => void): HTMLButtonElement {
  const made = make('button', label);
  made.type = 'button';
  made.disabled = isDisabled;
  made.setAttribute('part', isPrimary ? 'button primary' : 'button');
  made.dataset.deed = deed;
  made.onclick = () => act(deed);
  return made;
}

/** Leaves alone what says the same already: a button keeps its focus, a selection stays. */
function replace(parent: HTMLElement, wanted: HTMLElement[]): void {
  wanted.forEach((element, index) => {
    const present = parent.children[index];
    if (!present) parent.append(element);
    else if (!present.isEqualNode(element)) present.replaceWith(element);
  });
  while (parent.children.length > wanted.length) parent.lastElementChild?.remove();
}

if (!customElements.get('gatekeeper-connect')) customElements.define('gatekeeper-connect', GatekeeperConnect);

declare global {
  interface HTMLElementTagNameMap {
    'gatekeeper-connect': GatekeeperConnect;
  }
}
