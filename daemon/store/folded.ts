/** A text as it is looked for: without difference of case, in any script, which SQLite's own `lower` knows of ASCII only. */
export function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
