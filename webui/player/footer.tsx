import { languages } from '../texts';
import { branding } from '../ui/branding';
import { Icon } from '../ui/icon';
import { useTexts } from '../ui/texts';

export function Footer({ onLanguage }: { onLanguage: (code: string) => void }) {
  const t = useTexts();
  return (
    <footer class="foot">
      <nav aria-label={branding.name}>
        {branding.links?.map(({ title, url }) => (
          <a key={url} href={url} rel="noreferrer">
            {title}
          </a>
        ))}
      </nav>
      <label class="language">
        <Icon name="globe" />
        <span class="unseen">{t.page.language}</span>
        <select value={t.code} onChange={(event) => onLanguage(event.currentTarget.value)}>
          {languages.map((code) => (
            <option key={code} value={code} lang={code}>
              {nameOf(code)}
            </option>
          ))}
        </select>
      </label>
    </footer>
  );
}

/** A language in its own words, so that whoever reads only that one finds it. */
function nameOf(code: string): string {
  return new Intl.DisplayNames(code, { type: 'language' }).of(code) ?? code;
}
