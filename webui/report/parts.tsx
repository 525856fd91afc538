import type { ComponentChildren } from 'preact';
import type { Said } from './told';

const marks = { good: '✓', warn: '!', bad: '✗' } as const;

/** A judgement, by its words, its sign and only then its colour. */
export function Verdict({ said, children }: { said: Said; children?: ComponentChildren }) {
  return (
    <div class={`verdict ${said.tone}`}>
      <span class="mark" aria-hidden="true">
        {marks[said.tone]}
      </span>
      <div>
        <p class="verdict-text">{said.text}</p>
        {children}
      </div>
    </div>
  );
}

/** A table that scrolls sideways by itself where the page is narrow. */
export function Table({ label, head, children }: { label: string; head: string[]; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="rows whole" tabIndex={0} aria-label={`Table of ${label}`}>
      <table>
        <thead>
          <tr>
            {head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
