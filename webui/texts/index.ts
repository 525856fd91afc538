/** Which languages there are, and which one a reader gets. A file more in this folder is a language more. */
import * as en from './en';

export type Texts = typeof en;
export { en };

const files = import.meta.glob<Texts>(['./*.ts', '!./index.ts', '!./en.ts', '!./*.test.ts']);

/** Codes as browsers know them (BCP 47). */
export const languages: readonly string[] = ['en', ...Object.keys(files).map(codeOf)].sort();

function codeOf(file: string): string {
  return file.slice('./'.length, -'.ts'.length);
}

/** The first of the wished-for languages that there is: exactly, or at least its family. English if none. */
export function bestLanguage(wishes: readonly string[]): string {
  const family = (code: string) => code.split('-', 1)[0]?.toLowerCase();
  for (const wish of wishes) {
    const exact = languages.find((code) => code.toLowerCase() === wish.toLowerCase());
    const found = exact ?? languages.find((code) => family(code) === family(wish));
    if (found) return found;
  }
  return 'en';
}

/** English where the language's file cannot be had. */
export async function loadTexts(code: string): Promise<Texts> {
  return (await files[`./${code}.ts`]?.().catch(() => en)) ?? en;
}
