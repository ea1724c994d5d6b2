// @vitest-environment happy-dom
import { act } from 'react';
import { expect, test } from 'vitest';
import { StaffPage } from '../../../web/staff/staff-page.tsx';
import { apiOf, freshDocument, pass, rendered } from '../rendered.tsx';

freshDocument();

const users = [
  { login: 'ada', role: 'admin', disabled: false },
  { login: 'kim', role: 'csr', disabled: false },
  { login: 'lee', role: 'csr', disabled: true },
];
const answers = {
  '/api/session': { login: 'ada', role: 'admin', account: null },
  '/api/users': { items: users, next: null },
};

async function shown(methods: Partial<ReturnType<typeof apiOf>> = {}): Promise<HTMLElement> {
  const page = await rendered(<StaffPage login="ada" />, { ...apiOf(answers), ...methods });
  await pass(20);
  return page;
}

async function submit(form: Element): Promise<void> {
  const event = new Event('submit', { bubbles: true, cancelable: true });
  await act(async () => void form.dispatchEvent(event));
}

test('everybody is listed; nobody is offered to lock themselves out', async () => {
  const page = await shown();
  const rows = [...page.querySelectorAll('li')];
  expect(rows.map(({ textContent }) => textContent)).toEqual([
    'ada administrator you',
    'kim customer service New passwordDisable',
    'lee customer service disabledNew passwordEnable',
  ]);
});

test('who is disabled is asked for twice', async () => {
  const asked: unknown[] = [];
  const patch = async (path: string, body: unknown) => {
    asked.push([path, body]);
    return null;
  };
  const page = await shown({ patch });
  await act(async () => page.querySelector<HTMLElement>('button[aria-label="Disable kim"]')!.click());
  expect(page.querySelector('.sure p')?.textContent).toContain('kim is signed out at once');
  expect(asked).toEqual([]);
  await submit(page.querySelector('.sure form')!);
  expect(asked).toEqual([['/api/users/kim', { disabled: true }]]);
});

test('a new sign-in tells its random password', async () => {
  const asked: unknown[] = [];
  const post = async <T,>(path: string, body: unknown) => {
    asked.push([path, body]);
    return { login: 'max', password: 'random-one' } as T;
  };
  const page = await shown({ post });
  page.querySelector<HTMLInputElement>('input[name=login]')!.value = 'max';
  await submit(page.querySelector('form[aria-label="New sign-in"]')!);
  expect(asked).toEqual([['/api/users', { login: 'max', role: 'csr' }]]);
  expect(page.textContent).toContain('Shown this once, for max: random-one');
});
