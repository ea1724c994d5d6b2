/**
 * The locale of numbers and dates: the viewer's own variant of the language the texts are in (en-GB, en-IN), so that
 * a page never mixes two languages.
 */
import { en } from './messages.en.ts';

export function viewerLocale(): string {
  const wanted = typeof navigator === 'undefined' ? [] : (navigator.languages ?? []);
  return wanted.find((locale) => locale.toLowerCase().split('-')[0] === en.language) ?? en.language;
}
