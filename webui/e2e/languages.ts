/** The shipped texts, so that tests ask for what a reader of each language would look for. */
import * as de from '../texts/de';
import * as en from '../texts/en';
import * as es from '../texts/es';
import * as fr from '../texts/fr';
import * as zh from '../texts/zh-Hans';

export const languages = { de, en, es, fr, 'zh-Hans': zh };
