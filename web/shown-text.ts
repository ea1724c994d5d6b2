/**
 * What a device sent, written so that it can't be taken for anything else: as it is, or, where it has characters that nobody
 * sees or spaces that a page swallows, in quotes with those escaped as in JSON. No text that is shown as it is begins with a
 * quote, so that the two can't be mixed up either.
 */
const needsQuotes = /^["\s]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}| {2}|\s$/u;
const unseen = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}|(?<= ) /gu;

export function shownText(text: string): string {
  if (!needsQuotes.test(text)) return text;
  return JSON.stringify(text).replace(unseen, escaped);
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
