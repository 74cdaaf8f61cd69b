import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import type { RunView, TaskView } from '@precedent/contract-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endClis, runCli, startCli } from './cli.ts';
import type { CliResult, RunningCli } from './cli.ts';
import { ROOT } from './programs.ts';

const EXAMPLE = path.join(ROOT, 'examples/workflows/publish.yaml');

let folder: string;
let env: Record<string, string>;
let up: RunningCli;
let nats: string;
let client: Client;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-workflows-'));
  mkdirSync(path.join(folder, 'home'));
  env = {
    HOME: path.join(folder, 'home'),
    PRECEDENT_NATS_PORT: '0',
    PRECEDENT_MONITORING_METRICS: 'false',
    PRECEDENT_GATEWAY_ENABLED: 'false',
    PRECEDENT_VECTORIZER_ENABLED: 'false',
  };
  await start();
  expect((await cli('apply', '-f', EXAMPLE)).stdout).toBe(
    'workflow publish has revision 1\nschedule nightly has revision 1\n',
  );
});
afterAll(async () => {
  await client.close();
  up.child.kill('SIGTERM');
  await up.exited;
  rmSync(folder, { recursive: true, force: true });
  endClis();
});

const start = async (): Promise<void> => {
  up = startCli(['up', '--data', 'data'], { cwd: folder, env });
  nats = /^ready in [^:]+: (\S+),/m.exec(await up.wrote('\nready in '))?.[1] ?? '';
  client = await connect({ servers: nats });
};

const ended = (id: string): Promise<TaskView> => client.wait(id, { timeoutMs: 30_000 });

const cli = (...args: string[]): Promise<CliResult> => runCli(['-u', nats, ...args], { cwd: folder, env });

const started = async (...args: string[]): Promise<string> =>
  (await cli('workflow', 'start', 'publish', ...args)).stdout.trim();

const shown = async (run: string): Promise<RunView> =>
  JSON.parse((await cli('workflow', 'run', run, '--json')).stdout) as RunView;

/** The approval of the run can be given when the task before it has its verdict. */
const untilApproval = async (run: string): Promise<void> => {
  expect((await ended(`${run}--test`)).state).toBe('completed');
  expect((await shown(run)).steps.find(({ name }) => name === 'ask')?.state).toBe('open');
};

const statesOf = ({ steps }: RunView) => Object.fromEntries(steps.map(({ name, state }) => [name, state]));

describe('a workflow, through the product', () => {
  it('waits for an approval, gives values to commands, and skips the branch that was not chosen', async () => {
    const run = await started('--input', '{"version":"2.1"}');
    await untilApproval(run);
    expect((await cli('approvals')).stdout).toContain('publish it?');
    await cli('workflow', 'approve', run, 'ask', '--comment', 'fine');
    expect((await ended(run)).state).toBe('completed');
    const view = await shown(run);
    expect([view.phase, statesOf(view)]).toEqual([
      'ended',
      { test: 'completed', ask: 'completed', publish: 'completed', smoke: 'completed', broken: 'skipped' },
    ]);
    expect((await cli('logs', `${run}--publish`)).stdout).toBe('publishing 2.1\n');
  });

  it('compensates what was done when a later step fails, and does again what did not stand', async () => {
    const run = await started('--input', '{"version":"bad"}');
    await untilApproval(run);
    await cli('workflow', 'approve', run, 'ask');
    const failed = await ended(run);
    expect((await cli('logs', `${run}--publish--undo`)).stdout).toBe('withdrawn\n');
    expect(failed).toMatchObject({
      state: 'failed',
      error: { code: 'STEP_FAILED', details: { step: 'broken', compensated: ['publish'] } },
    });
    const again = (await cli('workflow', 'rerun', run, '--input', '{"version":"3"}')).stdout.trim();
    await ended(again);
    const view = await shown(again);
    expect(view.steps.filter(({ reused }) => reused).map(({ name }) => name)).toEqual(['test', 'ask']);
    expect(statesOf(view)).toMatchObject({ publish: 'completed', smoke: 'completed', broken: 'skipped' });
  });

  it('goes on after everything was killed, and is started by its schedule', async () => {
    const { stdout } = await cli('schedule', 'trigger', 'nightly');
    const run = stdout.trim().replace(/^task /, '');
    await untilApproval(run);
    up.child.kill('SIGKILL');
    await up.exited.catch(() => undefined);
    await client.close();
    await start();
    expect(statesOf(await shown(run))).toMatchObject({ test: 'completed', ask: 'open' });
    await cli('workflow', 'approve', run, 'ask');
    expect((await ended(run)).state).toBe('completed');
  });

  it('is refused with what is wrong with it', async () => {
    const bad = await cli('workflow', 'start', 'nothing');
    expect([bad.code, bad.stderr]).toEqual([66, expect.stringContaining('no workflow nothing')]);
    writeFileSync(path.join(folder, 'task.json'), '{"type":"workflow","payload":{"workflow":5}}');
    const wrong = await cli('submit', '--file', 'task.json');
    expect([wrong.code, wrong.stderr]).toEqual([65, expect.stringContaining('payload.workflow')]);
  });
});
