/** What each kind of stream is for, by the beginning of its name. */
const PURPOSES: readonly (readonly [prefix: string, purpose: string])[] = [
  ['JOURNAL_', 'journal of a cell, every change in order'],
  ['SNAPSHOT_', 'snapshots of a cell, from which its journal is replayed'],
  ['KV_LEASES', 'which engine owns which cell'],
  ['PRECEDENT_TASKS', 'tasks that were published and are not taken in yet'],
  ['PRECEDENT_LOGS', 'output of tasks'],
  ['PRECEDENT_MEMORY', 'notes and resolutions'],
];

/**
 * What people read of a stream on a server that several products share: some of its names have no prefix of ours, and a stream cannot be
 * renamed. `undefined` for one that we did not name.
 */
export const purposeOf = (stream: string): string | undefined => {
  const known = PURPOSES.find(([prefix]) => stream.startsWith(prefix));
  return known && `Precedent: ${known[1]}`;
};
