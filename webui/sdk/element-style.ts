/** The element's own look. What a page may change is a custom property with a value for pages that change nothing. */
export const styles = `
:host {
  --accent: var(--gatekeeper-accent, light-dark(#3d4bc7, #a3b0ff));
  --on-accent: var(--gatekeeper-on-accent, light-dark(#fff, #14172e));
  --ink: var(--gatekeeper-color, light-dark(#1c2033, #eef0f8));
  --soft: color-mix(in srgb, var(--ink) 78%, var(--card));
  --card: var(--gatekeeper-background, light-dark(#fff, #1b1f30));
  --edge: var(--gatekeeper-edge, light-dark(#c4c8d8, #4b516b));
  --round: var(--gatekeeper-radius, 12px);
  display: block;
  container-type: inline-size;
  color: var(--ink);
  color-scheme: var(--gatekeeper-color-scheme, light dark);
  font: var(--gatekeeper-font, 16px/1.5 system-ui, sans-serif);
}
:host([hidden]) { display: none; }
section {
  --tone: var(--accent);
  display: grid;
  gap: 12px;
  align-content: start;
  min-height: 18rem;
  box-sizing: border-box;
  padding: clamp(14px, 4cqi, 24px);
  background: var(--card);
  border: 1px solid var(--edge);
  border-left: 5px solid var(--tone);
  border-radius: var(--round);
}
[data-tone=calm] { --tone: var(--edge); }
[data-tone=good] { --tone: light-dark(#16784a, #5fd39a); }
[data-tone=warn] { --tone: light-dark(#9a5b00, #f0bd67); }
[data-tone=bad] { --tone: light-dark(#b3261e, #ff9c92); }
h2, p, dl, dd, blockquote { margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.3em; line-height: 1.25; }
.notes { display: grid; gap: 6px; font-size: .94em; color: var(--soft); }
blockquote { padding-left: 10px; color: var(--ink); border-left: 3px solid var(--tone); }
code { font-size: .9em; }
a { color: var(--accent); }
dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; align-items: baseline; }
dl:empty, .notes:empty { display: none; }
dt { grid-column: 2; grid-row: auto; font-size: .9em; color: var(--soft); }
dd { grid-column: 1; font-size: 1.3em; font-weight: 700; font-variant-numeric: tabular-nums; }
dl { grid-auto-flow: dense; }
progress { width: 100%; height: 8px; accent-color: var(--tone); }
.actions { display: flex; flex-wrap: wrap; gap: 10px; }
button {
  flex: 1 1 9rem;
  max-width: 20rem;
  min-height: 44px;
  padding: 0 16px;
  font: inherit;
  font-weight: 600;
  color: var(--ink);
  background: transparent;
  border: 1px solid var(--edge);
  border-radius: calc(var(--round) * .7);
  cursor: pointer;
}
@container (width < 24rem) { button { max-width: none; } }
button[part~=primary] { color: var(--on-accent); background: var(--accent); border-color: transparent; }
button:disabled { opacity: .5; cursor: not-allowed; }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
