// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, expect, test } from 'vitest';
import { LinesPanel } from '../../../web/bill/lines-panel.tsx';
import { freshDocument } from '../rendered.tsx';
import { line, sampleBill } from '../sample-bill.ts';

freshDocument();

let unmount = (): void => undefined;
afterEach(() => unmount());

test('a unit price that begins to be an average of the same digits is another text, not one that moves', async () => {
  const place = document.body.appendChild(document.createElement('div'));
  const root = createRoot(place);
  unmount = () => act(() => root.unmount());
  const show = async (amount: string) => {
    const lines = [line('Traffic', '1000.5', 'GB', amount)];
    await act(async () => root.render(<LinesPanel bill={sampleBill({ lines })} />));
    return place.querySelector('.unit-price span')!;
  };
  const exact = await show('111.0555');
  expect(exact.textContent).toBe('€0.111 / GB');
  const average = await show('111.0600');
  expect(average.textContent).toBe('⌀ €0.111 / GB');
  expect(average).not.toBe(exact);
});
