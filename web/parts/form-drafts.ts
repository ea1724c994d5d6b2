/**
 * What was typed into a form whose submit was answered by the end of the session: kept in memory until the same person
 * has signed in again and the form is back. Passwords are not kept, and nothing outlives a sign-out that was asked for.
 */

export type Draft = readonly (readonly [name: string, value: string])[];

const draftsMax = 20;
const drafts = new Map<string, Draft>();

export function keepDraft(key: string, form: HTMLFormElement): void {
  const secret = new Set([...form.querySelectorAll<HTMLInputElement>('[type=password]')].map(({ name }) => name));
  const fields = [...new FormData(form)].filter(
    (field): field is [string, string] => typeof field[1] === 'string' && !secret.has(field[0]),
  );
  if (drafts.size < draftsMax) drafts.set(key, fields);
}

/** Fills the form with what was kept, once. */
export function takeDraft(key: string, form: HTMLFormElement): void {
  const draft = drafts.get(key);
  drafts.delete(key);
  for (const [name, value] of draft ?? []) {
    const field = form.elements.namedItem(name);
    if (field instanceof RadioNodeList || field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
      field.value = value;
    }
  }
}

export function forgetDrafts(): void {
  drafts.clear();
}
