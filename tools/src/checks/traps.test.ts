import { describe, expect, it } from 'vitest';
import { manifest, rootManifest, withTree } from '../temp-tree.ts';
import { readWorkspace } from '../workspace.ts';
import { checkTraps } from './traps.ts';

const check = (code: string, layer = 'runtime', file = 'libs/a/src/a.ts'): string[] => {
  const tree = {
    ...rootManifest(),
    'libs/a/package.json': manifest('@precedent/a', [`layer:${layer}`]),
    'libs/kernel/package.json': manifest('@precedent/kernel', ['layer:kernel']),
    [file]: code,
  };
  return withTree(tree, (root) => checkTraps(readWorkspace(root)));
};

describe('the check for traps', () => {
  it.each([
    'export const f = (x) => x instanceof Error;',
    'export const f = () => { try { g(); } catch (fault) { say(String(fault)); } };',
    'export const f = () => { try { g(); } catch (fault) { say(`failed: ${fault}`); } };',
    'export const f = (error) => String(error);',
    'export const f = (cause) => `failed: ${cause}`;',
    'export const f = (ms) => setTimeout(g, ms);',
    'export const f = ({ graceMs }) => setInterval(g, graceMs * 2);',
    'export const f = (ms) => AbortSignal.timeout(ms);',
    "import { setTimeout as pause } from 'node:timers/promises'; export const f = (ms) => pause(ms);",
  ])('refuses %s', (code) => {
    expect(check(code)).toHaveLength(1);
  });

  it('says where', () => {
    expect(check('\nexport const f = (x) => x instanceof Error;')[0]).toMatch(/^libs\/a\/src\/a\.ts:2: /);
  });

  it.each([
    'export const f = (x) => x instanceof Map;',
    'export const f = (count) => String(count) + `${count}`;',
    'export const f = () => { try { g(); } catch (fault) { say(messageOf(fault)); } };',
    'export const f = () => [setTimeout(g, LIMIT_MS), setInterval(g, 5_000), AbortSignal.timeout(LIMIT_MS)];',
    'export const f = (ms) => startTimer(ms, g);',
    '// `${error}` and String(error) in a comment',
  ])('lets %s pass', (code) => {
    expect(check(code)).toEqual([]);
  });

  it('lets tests, benchmarks and the file that describes thrown values pass', () => {
    const code = 'export const f = (x) => x instanceof Error;';
    expect(check(code, 'runtime', 'libs/a/src/a.test.ts')).toEqual([]);
    expect(check(code, 'verification')).toEqual([]);
    expect(check(code, 'runtime', 'libs/kernel/src/thrown.ts')).toEqual([]);
  });
});
