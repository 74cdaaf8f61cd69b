import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where this process stands in the unified hierarchy (cgroup v2). */
export interface OwnCgroup {
  /** Folder of its group. */
  readonly dir: string;
  /** All folders that limit it: its own first, up to where the hierarchy is mounted. */
  readonly path: readonly string[];
}

/**
 * From the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`; `undefined` where the hierarchy is not mounted, or the
 * process is outside of what this container can see of it.
 */
export const ownCgroupOf = (mountinfo: string, membership: string): OwnCgroup | undefined => {
  const mount = mountinfo
    .split('\n')
    .map(mountOf)
    .find((found) => found !== undefined);
  const own = /^0::(\/.*)$/m.exec(membership)?.[1];
  if (mount === undefined || own === undefined) return undefined;
  const below = mount.root === '/' ? own : own.slice(mount.root.length);
  const isInside = mount.root === '/' || own === mount.root || own.startsWith(`${mount.root}/`);
  if (!isInside || own.split('/').includes('..')) return undefined;
  const names = below.split('/').filter((name) => name !== '');
  const path = names.map((_, i) => join(mount.point, ...names.slice(0, names.length - i)));
  return { dir: join(mount.point, ...names), path: [...path, mount.point] };
};

/** `36 35 98:0 <root> <point> <options> … - <type> <source> <options>` */
const mountOf = (line: string): { readonly root: string; readonly point: string } | undefined => {
  const [front = '', back = ''] = line.split(' - ');
  if (!back.startsWith('cgroup2 ')) return undefined;
  const [, , , root, point] = front.split(' ');
  return root === undefined || point === undefined ? undefined : { root, point: unescaped(point) };
};

const unescaped = (path: string): string =>
  path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

/** The text of a file, `undefined` when it cannot be read. */
export type ReadText = (path: string) => Promise<string | undefined>;

export const readTextFile: ReadText = (path) => readFile(path, 'utf8').catch(() => undefined);

/** Where this process stands now. */
export const ownCgroup = async (read: ReadText = readTextFile): Promise<OwnCgroup | undefined> => {
  const [mountinfo, membership] = await Promise.all([
    read('/proc/self/mountinfo'),
    read('/proc/self/cgroup'),
  ]);
  return mountinfo === undefined || membership === undefined ? undefined : ownCgroupOf(mountinfo, membership);
};
