import { expect, it } from 'vitest';
import { primitivesPage } from '../../rating/index.ts';

it('the reference page of the primitives is what their descriptors say', async () => {
  await expect(primitivesPage()).toMatchFileSnapshot('../../docs/primitives.md');
});
