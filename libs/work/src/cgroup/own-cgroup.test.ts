import { describe, expect, it } from 'vitest';
import { ownCgroupOf } from './own-cgroup.ts';

const mounted = (point: string, root = '/'): string =>
  `23 1 0:21 / /proc rw - proc proc rw\n30 23 0:26 ${root} ${point} rw,nosuid shared:9 - cgroup2 cgroup2 rw\n`;

describe('where a process stands in the hierarchy', () => {
  it('is its folder and all above it', () => {
    expect(ownCgroupOf(mounted('/sys/fs/cgroup'), '0::/system.slice/precedent.service\n')).toEqual({
      dir: '/sys/fs/cgroup/system.slice/precedent.service',
      path: [
        '/sys/fs/cgroup/system.slice/precedent.service',
        '/sys/fs/cgroup/system.slice',
        '/sys/fs/cgroup',
      ],
    });
  });

  it('is the mount itself in a container with a hierarchy of its own', () => {
    expect(ownCgroupOf(mounted('/sys/fs/cgroup'), '0::/\n')).toEqual({
      dir: '/sys/fs/cgroup',
      path: ['/sys/fs/cgroup'],
    });
  });

  it('starts at the folder that is mounted, where that is not the top', () => {
    expect(ownCgroupOf(mounted('/sys/fs/cgroup', '/docker/a'), '0::/docker/a/b\n')?.dir).toBe(
      '/sys/fs/cgroup/b',
    );
    expect(ownCgroupOf(mounted('/sys/fs/cgroup', '/docker/a'), '0::/docker/abc\n')).toBeUndefined();
  });

  it('is found next to v1 hierarchies, and when the path has a space', () => {
    const old = '31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n';
    const membership = '3:cpu:/x\n0::/a\n';
    expect(ownCgroupOf(old + mounted('/my\\040cgroups'), membership)?.dir).toBe('/my cgroups/a');
  });

  it.each([
    ['', '0::/\n'],
    [mounted('/sys/fs/cgroup'), '3:cpu:/x\n'],
    [mounted('/sys/fs/cgroup'), '0::/../outside\n'],
  ])('is not known, case %#', (mountinfo, membership) => {
    expect(ownCgroupOf(mountinfo, membership)).toBeUndefined();
  });
});
