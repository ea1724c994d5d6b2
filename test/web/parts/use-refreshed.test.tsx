// @vitest-environment happy-dom
import { act, useCallback, useState } from 'react';
import { expect, test } from 'vitest';
import { useRefreshed } from '../../../web/parts/use-refreshed.ts';
import { apiOf, freshDocument, pass, rendered } from '../rendered.tsx';

freshDocument();

const everyMs = 10_000;

let answers: ((value: string) => void)[] = [];
let tellBasis: (basis: string) => void;
let tellNews: (news: number) => void;

function Shown() {
  const [news, setNews] = useState(0);
  tellNews = setNews;
  const [basis, setBasis] = useState('');
  tellBasis = setBasis;
  const ask = useCallback(() => new Promise<string>((resolve) => answers.push(resolve)), []);
  const { value, fits } = useRefreshed(ask, { everyMs, news, basis });
  return <p>{`${value ?? 'none'}${value === null || fits ? '' : ', not of now'}`}</p>;
}

test('news while an answer is under way does not throw it away, nor ask again before its time', async () => {
  answers = [];
  const page = await rendered(<Shown />, apiOf({ '/api/session': null }));
  await pass(1);
  for (let news = 1; news <= 20; news++) {
    await act(async () => tellNews(news));
    await pass(250);
  }
  expect(answers).toHaveLength(1);
  await act(async () => answers[0]!('first'));
  expect(page.textContent).toBe('first');
  await pass(everyMs);
  expect(answers).toHaveLength(2);
  await act(async () => answers[1]!('second'));
  expect(page.textContent).toBe('second');
});

test('what rests on something else than now is said not to fit, and asked again soon, at a bounded rate', async () => {
  answers = [];
  const page = await rendered(<Shown />, apiOf({ '/api/session': null }));
  await pass(1);
  await act(async () => answers[0]!('first'));
  expect(page.textContent).toBe('first');
  for (let basis = 1; basis <= 20; basis++) {
    await act(async () => tellBasis(String(basis)));
    await pass(100);
  }
  expect(page.textContent).toBe('first, not of now');
  expect(answers.length).toBeLessThanOrEqual(3);
  await pass(1_000);
  const [earlier, last] = answers.slice(-2);
  await act(async () => last!('last'));
  await act(async () => earlier!('earlier'));
  expect(page.textContent).toBe('last');
});
