import { describeKeys } from '@precedent/config';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../command.ts';
import { manifest, rootManifest, withTree } from '../temp-tree.ts';
import { readWorkspace } from '../workspace.ts';
import { checkConfigKeys } from './config-keys.ts';

const unread = (keys: readonly string[], code: string, file = 'libs/a/src/a.ts'): string[] => {
  const tree = {
    ...rootManifest(),
    'libs/a/package.json': manifest('@precedent/a', []),
    'libs/config/package.json': manifest('@precedent/config', []),
    'libs/scheduling/package.json': manifest('@precedent/scheduling', []),
    [file]: code,
  };
  return withTree(tree, (root) => checkConfigKeys(readWorkspace(root), keys));
};

describe('the check that every key is read', () => {
  it.each([
    ['nats.port', 'export const f = (config) => config.nats.port;'],
    ['nats.port', 'export const f = (config) => { const { port } = config.nats; return port; };'],
    ['nats.port', 'export const f = ({ nats: { port } }: Config) => port;'],
    ['nats.port', "export const f = ({ port }: Config['nats']) => port;"],
    ['cell', 'export const f = ({ cell }: Config) => cell;'],
    ['bands.low.grace', 'export const f = (config, band) => config.bands[band].grace;'],
    [
      'recent.maxTasks',
      'export const f = (config) => g({ ...config.recent });\nconst g = (o) => o.maxTasks;',
    ],
  ])('takes %s as read by %s', (key, code) => {
    expect(unread([key], code)).toEqual([]);
  });

  it.each([
    ['nats.port', 'export const f = (config) => config.nats.host + config.server.port;'],
    ['nats.port', "export const f = () => load({ 'nats.port': 1 });"],
    ['recent.maxTasks', 'export const f = (config) => g({ ...config.recent });'],
  ])('finds that nothing reads %s: %s', (key, code) => {
    expect(unread([key], code)).toEqual([`${key}: no program reads this key; wire it or remove it`]);
  });

  it('counts neither tests nor the declaration as readers', () => {
    const code = 'export const f = (config) => config.nats.port;';
    expect(unread(['nats.port'], code, 'libs/a/src/a.test.ts')).toHaveLength(1);
    expect(unread(['nats.port'], code, 'libs/config/src/checks.ts')).toHaveLength(1);
  });

  it('looks for a rule of preemption where rules are applied', () => {
    const code = 'export const f = (rules) => rules.exemptMs;';
    const key = 'preemption.bands.low.exempt';
    expect(unread([key], code)).toHaveLength(1);
    expect(unread([key], code, 'libs/scheduling/src/preemption/policy.ts')).toHaveLength(1);
    expect(unread([key], code, 'libs/scheduling/src/preemption/filter.ts')).toEqual([]);
  });

  it('finds the keys that did nothing in this repository, and no others', () => {
    const keys = describeKeys().map(({ key }) => key);
    const former = ['server.httpPort', 'preemption.rules.notBefore'];
    const workspace = readWorkspace(ROOT);
    expect(checkConfigKeys(workspace, keys)).toEqual([]);
    expect(checkConfigKeys(workspace, former)).toHaveLength(former.length);
  });
});
