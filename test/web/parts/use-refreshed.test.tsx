// @vitest-environment happy-dom
import { act, useCallback, useState } from 'react';
import { expect, test } from 'vitest';
import { useRefreshed } from '../../../web/parts/use-refreshed.ts';
import { apiOf, freshDocument, pass, rendered } from '../rendered.tsx';

freshDocument();

const everyMs = 10_000;

let answers: ((value: string) => void)[] = [];
let tellNews: (news: number) => void;

function Shown() {
  const [news, setNews] = useState(0);
  tellNews = setNews;
  const ask = useCallback(() => new Promise<string>((resolve) => answers.push(resolve)), []);
  return <p>{useRefreshed(ask, { everyMs, news }).value ?? 'none'}</p>;
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
