import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';

/**
 * Gives a process its share of busy processors: -20 the most, 19 the least. Linux may weigh whole sessions first, so the leader of a
 * session gets it for that as well. Only root may raise a priority; where it is not permitted, nothing changes.
 */
export const setNice = (pid: number, nice: number): void => {
  attempt(() => os.setPriority(pid, nice));
  if (sessionOf(pid) === pid) attempt(() => writeFileSync(`/proc/${pid}/autogroup`, String(nice)));
};

/** `undefined` where there is no `/proc`. */
const sessionOf = (pid: number): number | undefined => {
  try {
    // Behind the name, which may hold anything: state, parent, group, session.
    const [, , , session] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    return Number(session);
  } catch {
    return undefined;
  }
};

const attempt = (step: () => void): void => {
  try {
    step();
  } catch {
    // Not permitted, or not there.
  }
};
