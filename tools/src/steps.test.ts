import { describe, expect, it } from 'vitest';
import { check, command } from './command.ts';
import type { Step } from './steps.ts';
import { runSteps } from './steps.ts';

const setup = async (steps: readonly Step[]) => {
  const lines: string[] = [];
  const ok = await runSteps(steps, (line) => lines.push(line));
  return { ok, lines };
};

const passing: Step = { name: 'first', run: check(() => []) };

describe('a run of steps', () => {
  it('prints one line for each step that passes', async () => {
    const { ok, lines } = await setup([passing, { ...passing, name: 'second' }]);
    expect(ok).toBe(true);
    expect(lines).toEqual([
      expect.stringMatching(/^✓ first +\d+\.\ds$/),
      expect.stringMatching(/^✓ second +\d+\.\ds$/),
    ]);
  });

  it('stops at the first failure and shows its output', async () => {
    const failing: Step = { name: 'failing', run: check(() => ['a.ts: wrong', 'b.ts: wrong']) };
    const { ok, lines } = await setup([passing, failing, { ...passing, name: 'never shown' }]);
    expect(ok).toBe(false);
    expect(lines[1]).toMatch(/^✗ failing/);
    expect(lines.slice(2)).toEqual(['a.ts: wrong\nb.ts: wrong']);
  });

  it('fails when a program does, with all it printed', async () => {
    const code = "console.log('out'); console.error('err'); process.exit(3)";
    const { ok, lines } = await setup([{ name: 'program', run: command('node', '-e', code) }]);
    expect(ok).toBe(false);
    expect(lines[1]?.split('\n').toSorted()).toEqual(['err', 'out']);
  });

  it('fails when a program does not exist, and when a check throws', async () => {
    const missing: Step = { name: 'missing', run: command('precedent-no-such-program') };
    const throwing: Step = { name: 'throwing', run: () => Promise.reject(new Error('boom')) };
    expect((await setup([missing])).lines.join()).toContain('ENOENT');
    expect((await setup([throwing])).lines.join()).toContain('boom');
  });

  it('ends the programs that still run when another step has failed', async () => {
    const endless: Step = { name: 'endless', run: command('node', '-e', 'setInterval(() => {}, 1e6)') };
    let ended: Promise<unknown> | undefined;
    const watched: Step = { ...endless, run: (signal) => (ended = endless.run(signal)) as never };
    await setup([{ name: 'failing', run: check(() => ['wrong']) }, watched]);
    expect(await ended).toMatchObject({ ok: false });
  });
});
