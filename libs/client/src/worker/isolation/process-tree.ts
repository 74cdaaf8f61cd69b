import { readFileSync, readdirSync } from 'node:fs';

/** Sends SIGKILL to a process, to its process group, and to all that descends from it, also what left the group. */
export const killTree = (pid: number | undefined): void => {
  if (pid === undefined) return;
  // A stopped process starts no more while its descendants are listed.
  signal(pid, 'SIGSTOP');
  const descendants = descendantsOf(pid);
  killGroup(pid);
  for (const one of [pid, ...descendants]) signal(one, 'SIGKILL');
};

/** The same for what is left of the group when its first process is gone. */
export const killGroup = (pid: number | undefined): void => {
  if (pid !== undefined && process.platform !== 'win32') signal(-pid, 'SIGKILL');
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone, or Windows has no such signal.
  }
};

/** Where there is a `/proc`; elsewhere only the group is known. */
const descendantsOf = (pid: number): number[] => {
  const children = childrenByParent();
  const found: number[] = [];
  const open = [pid];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    const own = children.get(parent) ?? [];
    found.push(...own);
    open.push(...own);
  }
  return found;
};

const childrenByParent = (): ReadonlyMap<number, number[]> => {
  const children = new Map<number, number[]>();
  for (const name of processNames()) {
    const parent = parentOf(name);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
};

const processNames = (): string[] => {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
};

/** The second field after the name of the program, which is in parentheses and may hold any character. */
const parentOf = (pid: string): number | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
};
