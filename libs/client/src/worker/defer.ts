/**
 * Runs `step` once what is ready now has been handled, so that everything of one turn of the event loop is gathered. A timer
 * would take a millisecond; where `setImmediate` is missing (browsers), two microtasks come near enough.
 */
export const defer = (step: () => void): void => {
  if (typeof globalThis.setImmediate === 'function') globalThis.setImmediate(step);
  else queueMicrotask(() => queueMicrotask(step));
};
