import type { Handler } from '@precedent/client';

/** Never ends, and never waits: nothing but its end from outside stops it. */
export const loop: Handler = (_, { progress }) => {
  progress(0.5);
  // oxlint-disable-next-line no-constant-condition, no-empty -- it is what is tested
  while (true) {}
};
