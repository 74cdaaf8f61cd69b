import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The cgroup of this process. */
export interface OwnCgroup {
  /** Folder of its group. */
  readonly dir: string;
  /** All folders that limit it: its own first, up to where the hierarchy is mounted. */
  readonly path: readonly string[];
}

/**
 * From the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`: with a `controller` in its hierarchy (v1), otherwise in the unified one
 * (v2). `undefined` when the hierarchy is not mounted, or this container does not see the group.
 */
export const ownCgroupOf = (
  mountinfo: string,
  membership: string,
  controller?: string,
): OwnCgroup | undefined => {
  const mount = mountinfo
    .split('\n')
    .map((line) => mountOf(line, controller))
    .find((found) => found !== undefined);
  const own = membership
    .split('\n')
    .map((line) => line.split(':'))
    .find(([number, names]) =>
      controller === undefined ? number === '0' && names === '' : names?.split(',').includes(controller),
    )
    ?.slice(2)
    .join(':');
  if (mount === undefined || own === undefined || !own.startsWith('/')) return undefined;
  const below = mount.root === '/' ? own : own.slice(mount.root.length);
  const isInside = mount.root === '/' || own === mount.root || own.startsWith(`${mount.root}/`);
  if (!isInside || own.split('/').includes('..')) return undefined;
  const names = below.split('/').filter((name) => name !== '');
  const path = names.map((_, i) => join(mount.point, ...names.slice(0, names.length - i)));
  return { dir: join(mount.point, ...names), path: [...path, mount.point] };
};

interface Mount {
  readonly root: string;
  readonly point: string;
}

/** `36 35 98:0 <root> <point> <options> … - <type> <source> <options>` */
const mountOf = (line: string, controller: string | undefined): Mount | undefined => {
  const [front = '', back = ''] = line.split(' - ');
  const [type, , options = ''] = back.split(' ');
  const isIt =
    controller === undefined
      ? type === 'cgroup2'
      : type === 'cgroup' && options.split(',').includes(controller);
  if (!isIt) return undefined;
  const [, , , root, point] = front.split(' ');
  return root === undefined || point === undefined ? undefined : { root, point: unescaped(point) };
};

const unescaped = (path: string): string =>
  path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

/** The text of a file, `undefined` when it cannot be read. */
export type ReadText = (path: string) => Promise<string | undefined>;

export const readTextFile: ReadText = (path) => readFile(path, 'utf8').catch(() => undefined);

/** The cgroup of this process: in the unified hierarchy (v2), or in that of a controller (v1). */
export const ownCgroup = async (
  read: ReadText = readTextFile,
  controller?: string,
): Promise<OwnCgroup | undefined> => {
  const [mountinfo, membership] = await Promise.all([
    read('/proc/self/mountinfo'),
    read('/proc/self/cgroup'),
  ]);
  if (mountinfo === undefined || membership === undefined) return undefined;
  return ownCgroupOf(mountinfo, membership, controller);
};
