import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { bestLanguage, en, type Texts } from '../texts';
import { keep, kept } from './kept';

const key = 'gatekeeper language';

export const TextsContext = createContext<Texts>(en);

export function useTexts(): Texts {
  return useContext(TextsContext);
}

/** What was chosen here before, else what the browser is set to. */
export function preferredLanguage(): string {
  const chosen = kept(key);
  return bestLanguage(chosen === null ? navigator.languages : [chosen, ...navigator.languages]);
}

export function rememberLanguage(code: string): void {
  keep(key, code);
}
