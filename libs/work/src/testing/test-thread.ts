import { AppError } from '@precedent/kernel';
import { serveCalls } from '../thread/serve.ts';

/** Calls of a thread under test. */
export const TEST_CALLS = {
  echo: (input: unknown): unknown => input,
  spin: (): never => {
    for (;;);
  },
  hog: (): never => {
    const all: string[][] = [];
    for (;;) all.push(Array.from({ length: 1_000_000 }, (_, i) => `${i} ${all.length}`));
  },
  refuse: (field: string): never => {
    throw new AppError('INVALID_TASK', 'it is bad', { issues: [{ field, message: 'bad' }] });
  },
  exit: (): never => process.exit(3),
};

serveCalls(TEST_CALLS);
