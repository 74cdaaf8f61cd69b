/** Removals that wait for the store, at most: beyond that things stay, which costs space and nothing else. */
const WAITING_MAX = 10_000;

/** Removes one after the other and beside the work, so that nothing urgent waits for it. What fails stays. */
export const removals = (
  remove: (name: string) => Promise<unknown>,
): ((names: readonly string[]) => void) => {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const removeOne = async (name: string): Promise<void> => {
    try {
      await remove(name);
    } catch {
      // Whoever looks for space finds it by its task's id.
    } finally {
      waiting--;
    }
  };
  return (names) => {
    for (const name of names) {
      if (waiting >= WAITING_MAX) return;
      waiting++;
      last = last.then(() => removeOne(name));
    }
  };
};
