/** What those who run the server call it and how it looks; the server puts it into the page's head. */
export interface Branding {
  name: string;
  logo?: string;
  accent?: string;
  background?: string;
  links?: { title: string; url: string }[];
}

export const branding: Branding = read();

function read(): Branding {
  const content = document.querySelector<HTMLMetaElement>('meta[name="branding"]')?.content;
  return content ? (JSON.parse(content) as Branding) : { name: 'gatekeeper' };
}

/** Before the first drawing, so that nothing changes its colour under the reader's eyes. */
export function applyBranding({ accent, background }: Branding): void {
  const { style, dataset } = document.documentElement;
  if (accent) {
    dataset.accent = '';
    style.setProperty('--brand-accent', accent);
  }
  if (background) {
    dataset.background = '';
    style.setProperty('--brand-background', background.startsWith('#') ? background : `url(${background})`);
  }
}
