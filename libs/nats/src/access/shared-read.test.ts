import { expect, it } from 'vitest';
import { sharedRead } from './shared-read.ts';

it('makes one read for all who call while another one is under way, after that one', async () => {
  const reads: PromiseWithResolvers<void>[] = [];
  const shared = sharedRead(() => {
    const read = Promise.withResolvers<void>();
    reads.push(read);
    return read.promise;
  });
  const first = shared();
  await new Promise(setImmediate);
  const later = [shared(), shared()];
  await new Promise(setImmediate);
  expect(reads).toHaveLength(1);
  reads[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await new Promise(setImmediate);
  expect(reads).toHaveLength(2);
  reads[1]?.resolve();
  await Promise.all(later);
});
