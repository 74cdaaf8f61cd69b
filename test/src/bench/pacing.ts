/** How many should have gone off `elapsedMs` after the start, at `perSecond`: the first at once. */
export const dueAfter = (elapsedMs: number, perSecond: number): number =>
  Math.floor((elapsedMs * perSecond) / 1_000) + 1;

/**
 * Calls `send` with the number that is due, over and over, until `stopped` resolves or `count` are sent. It never waits for what it
 * sent: a slow answer must not slow the offer down, or the worst moments would go unmeasured.
 */
export const openLoop = async (
  options: { readonly perSecond: number; readonly count?: number; readonly stopped: Promise<unknown> },
  send: (due: number) => void,
): Promise<{ readonly sent: number; readonly ms: number }> => {
  const { perSecond, count = Infinity } = options;
  let isStopped = false;
  void options.stopped.then(() => (isStopped = true));
  const startedAt = performance.now();
  let sent = 0;
  while (!isStopped && sent < count) {
    const due = Math.min(count, dueAfter(performance.now() - startedAt, perSecond)) - sent;
    if (due > 0) send(due);
    sent += Math.max(0, due);
    await tick();
  }
  return { sent, ms: performance.now() - startedAt };
};

/** The shortest timer there is: about a millisecond. */
const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
