import type { Handler } from '@precedent/client';

const isPrime = (n: number): boolean => {
  for (let factor = 2; factor * factor <= n; factor++) if (n % factor === 0) return false;
  return n > 1;
};

/** Counts without a break: in the worker itself it would block all other handlers. */
export const countPrimes: Handler = async ({ task }, { progress }) => {
  const { below } = task.payload as { readonly below: number | 'all' };
  progress(0, 'counting');
  let count = 0;
  for (let n = 2; below === 'all' || n < below; n++) if (isPrime(n)) count++;
  return count;
};

/** A library that ends its process. */
export const resize: Handler = async () => process.exit(1);
