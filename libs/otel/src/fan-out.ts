import type { Telemetry } from '@precedent/ports';

/** Tells several of everything, in their order. */
export const fanOut = (hearers: readonly Telemetry[]): Telemetry => {
  const [first, second, ...more] = hearers;
  if (first === undefined) return { emit: () => undefined };
  if (second === undefined) return first;
  const rest = more.length === 0 ? second : fanOut([second, ...more]);
  return {
    emit: (event) => {
      first.emit(event);
      rest.emit(event);
    },
  };
};
