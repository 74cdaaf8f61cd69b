import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { streamsOf } from '@precedent/contracts';
import { catalogue } from '@precedent/kernel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { historyWorld } from '../history/history-world.ts';
import type { HistoryWorld } from '../history/history-world.ts';
import { runCli } from './cli.ts';
import type { CliResult } from './cli.ts';

const worlds: HistoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

/** A cell with tasks and a history that has all of them, which has ended. */
const setup = async () => {
  const made = await historyWorld();
  worlds.push(made);
  const { world, dir } = made;
  const history = await made.startHistory();
  const { client } = world;
  for (const id of ['first', 'second']) {
    await client.submit({ id, type: 'noop', payload: { text: `of-${id}` } });
    await client.wait(id);
  }
  await client.delete('first');
  await client.history.get('second', { waitMs: 10_000 });
  // The history may have the second task, and not yet the deletion.
  await vi.waitFor(() => expect(client.history.get('first')).rejects.toThrow('first'), { timeout: 10_000 });
  await history.stop({ stopMs: 5_000, forceMs: 1_000 });
  const store = path.dirname(dir);
  const verify = (): Promise<CliResult> =>
    runCli(['verify', '--all', '--data', store, '--url', world.nats.url], { cwd: world.folder });
  return { world, dir, verify };
};

const flip = (file: string, text: string): void => {
  const bytes = readFileSync(file);
  const at = bytes.lastIndexOf(text);
  expect(at).toBeGreaterThan(0);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
};

const changed = (stdout: RegExp) => ({
  code: catalogue.INTEGRITY_FAILED.exit,
  stdout: expect.stringMatching(stdout) as string,
});

describe('precedent verify --all', () => {
  it('compares the history with the journal, and names the task of which a bit flipped', async () => {
    const { dir, verify } = await setup();
    expect(await verify()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^deleted +1$[^]*^history +1 tasks compared up to entry \d+$[^]*Nothing was changed/m,
      ),
    });
    flip(path.join(dir, 'history.db'), 'of-second');
    expect(await verify()).toMatchObject(
      changed(/^history, tasks, task second: the journal has other values: (body|result)$/m),
    );
  });

  it('names the entry of the journal of which a bit flipped, and does not blame the history', async () => {
    const { world, verify } = await setup();
    await world.nats.kill('SIGTERM');
    const [file = ''] = globSync(
      path.join(world.nats.store, '**', streamsOf().journal('main'), '**', '*.blk'),
    );
    flip(file, '"text":"of-second"');
    await world.nats.restart();
    const verified = await verify();
    expect(verified).toMatchObject(changed(/^journal entry \d+/m));
    expect(verified.stdout).not.toContain('history,');
  });
});
