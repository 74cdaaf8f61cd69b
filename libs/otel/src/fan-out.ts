import type { Telemetry } from '@precedent/ports';

/** Passes every event on to several receivers, in their order. */
export const fanOut = (receivers: readonly Telemetry[]): Telemetry => {
  const [first, second, ...more] = receivers;
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
