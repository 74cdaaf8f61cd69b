/** The purpose of each kind of stream, by the prefix of its name. */
const PURPOSES: readonly (readonly [prefix: string, purpose: string])[] = [
  ['JOURNAL_', 'journal of a cell, every change in order'],
  ['SNAPSHOT_', 'snapshots of a cell, from which its journal is replayed'],
  ['KV_LEASES', 'which engine owns which cell'],
  ['KV_PRECEDENT_ACCESS', 'keys and grants'],
  ['KV_PRECEDENT_WEBHOOKS', 'webhooks, their sealed secrets and positions'],
  ['PRECEDENT_AUDIT', 'what was changed and refused, for audits'],
  ['PRECEDENT_TASKS', 'tasks that were published and are not submitted yet'],
  ['PRECEDENT_LOGS', 'output of tasks'],
  ['PRECEDENT_MEMORY', 'notes and resolutions'],
];

/**
 * The description of a stream, for people on a server that several products share: some names of our streams have no prefix of ours, and
 * a stream cannot be renamed. `undefined` for streams that are not ours.
 */
export const purposeOf = (stream: string): string | undefined => {
  const known = PURPOSES.find(([prefix]) => stream.startsWith(prefix));
  return known && `Precedent: ${known[1]}`;
};
