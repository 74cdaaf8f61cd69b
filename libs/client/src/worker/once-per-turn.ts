/**
 * Returns a function that has `step` run at the end of this turn of the event loop, once, however often it is called before: what is
 * ready now is gathered. A timer would take a millisecond; where `setImmediate` is missing (browsers), two microtasks come near enough.
 */
export const oncePerTurn = (step: () => void): (() => void) => {
  let isPlanned = false;
  const run = (): void => {
    isPlanned = false;
    step();
  };
  return () => {
    if (isPlanned) return;
    isPlanned = true;
    if (typeof globalThis.setImmediate === 'function') globalThis.setImmediate(run);
    else queueMicrotask(() => queueMicrotask(run));
  };
};
