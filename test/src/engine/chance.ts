import type { SeededRandom } from '@precedent/testkit';

/** The draws of a stream, as the function that the engine takes. */
export const chanceOf =
  (random: SeededRandom): (() => number) =>
  () =>
    random.next();
