/** Waiting removals, at most. Further ones are skipped, which costs only space. */
const WAITING_MAX = 10_000;

/** Removes one name after the other in the background, so that no request waits for it. A failed removal is not repeated. */
export const backgroundRemovals = (
  remove: (name: string) => Promise<unknown>,
): ((names: readonly string[]) => void) => {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const removeOne = async (name: string): Promise<void> => {
    try {
      await remove(name);
    } catch {
      // It stays in the store, under the id of its task.
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
