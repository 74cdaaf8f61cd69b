/**
 * A way from a task over the tasks that it depends on back to it; `undefined` when there is none. `edgesOf`: what another task still waits
 * for. The path begins and ends with the id of the task.
 */
export const cycleThrough = (
  id: string,
  dependencies: readonly string[],
  edgesOf: (id: string) => readonly string[],
): readonly string[] | undefined => {
  const cameFrom = new Map<string, string>();
  const open = [...dependencies];
  for (const first of dependencies) cameFrom.set(first, id);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === id) return pathTo(id, cameFrom);
    for (const next of edgesOf(at)) {
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      open.push(next);
    }
  }
  return undefined;
};

const pathTo = (id: string, cameFrom: ReadonlyMap<string, string>): readonly string[] => {
  const path = [id];
  for (let at = cameFrom.get(id); at !== undefined && at !== id; at = cameFrom.get(at)) path.unshift(at);
  return [id, ...path];
};
