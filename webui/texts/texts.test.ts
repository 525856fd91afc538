import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bestLanguage, en, languages, loadTexts } from '.';

test('a language is a file, and nothing else', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => !/^index|\.test\./.test(name));
  expect(files.map((name) => name.replace('.ts', '')).sort()).toEqual([...languages]);
  expect(languages).toEqual(['de', 'en', 'es', 'fr', 'zh-Hans']);
});

describe.each(languages)('%s', (code) => {
  test('says all that English says', async () => {
    const texts = await loadTexts(code);
    expect(texts.code).toBe(code);
    expect(shapeOf(texts)).toEqual(shapeOf(en));
  });

  test('is not English by another name', async () => {
    const { connection } = await loadTexts(code);
    expect(connection.queued.title === en.connection.queued.title).toBe(code === 'en');
  });
});

test.each([
  [['de-AT', 'en'], 'de'],
  [['zh-CN'], 'zh-Hans'],
  [['pt-BR', 'fr-CA'], 'fr'],
  [['pt-BR'], 'en'],
  [[], 'en'],
])('whoever wishes for %j reads %s', (wishes, code) => {
  expect(bestLanguage(wishes)).toBe(code);
});

test('an unknown language is English', async () => {
  expect((await loadTexts('tlh')).code).toBe('en');
});

/** The names of everything, texts that are made from something with what they are made from, and no empty text. */
function shapeOf(value: unknown): unknown {
  if (typeof value === 'function') {
    const made: unknown = value(3, 4);
    return made === '' ? 'nothing' : 'made';
  }
  if (typeof value === 'string') return value === '' ? 'nothing' : 'text';
  return Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, shapeOf(each)]));
}
