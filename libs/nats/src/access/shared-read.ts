/**
 * One read for all who wait for one: who calls while a read is under way gets the next, which sees what was stored before the call.
 */
export const sharedRead = (read: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        running = read();
        return running;
      });
    return next;
  };
};
