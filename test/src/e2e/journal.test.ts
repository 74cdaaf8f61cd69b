import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@precedent/client';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';
import { crash } from './programs.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const JOURNAL = subjectsOf().journal('main');
/** As every append of a writer is named. */
const APPENDED = `Nats-Msg-Id: ${'A'.repeat(22)}-1`;

type Headers = NonNullable<NonNullable<Parameters<Client['link']['request']>[2]>['headers']>;

/** Publishes a message as any client with credentials can. Resolves when it is stored. */
const publish = async ({ client }: World, subject: string, text: string, header = 'X: y'): Promise<void> => {
  const encoded = Buffer.from(`NATS/1.0\r\n${header}\r\n\r\n`);
  const headers = { encode: () => encoded } as unknown as Headers;
  await client.link.request(subject, text, { timeout: 5_000, headers });
};

describe('a journal with foreign messages', () => {
  const worlds: World[] = [];
  const setup = async (): Promise<World> => {
    const world = await emptyWorld();
    worlds.push(world);
    return world;
  };
  const precedent = ({ nats, folder }: World, ...args: readonly string[]) =>
    runCli([...args, '--url', nats.url], { cwd: folder });
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
  });

  it('continues after foreign messages: in a running engine, after a crash, and in a check', async () => {
    const world = await setup();
    const { client } = world;
    const engine = await world.startEngine();
    await publish(world, JOURNAL, 'hello');
    const { id } = await client.submit({ type: 'e2e.nobody' });
    await publish(world, JOURNAL, '{"v":99}');
    expect(await client.status()).toMatchObject({ epoch: 1, state: 'running', voidEntries: 1 });
    await crash(engine);
    await publish(world, JOURNAL, '{}');
    await publish(world, subjectsOf().snapshot('main'), 'hello');
    await world.startEngine();
    expect(await client.get(id)).toMatchObject({ state: 'queued' });
    expect(await client.status()).toMatchObject({ voidEntries: 3 });
    const check = await precedent(world, 'journal', 'check');
    expect(check).toMatchObject({ code: 0 });
    expect(check.stdout).toMatch(/^foreign +3, skipped$/m);
    expect(check.stdout).toMatch(/An engine starts with it\.\n$/);
    const verified = await precedent(world, 'verify');
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout).toMatch(/^tasks +1 with their digest$/m);
    expect(verified.stdout).toMatch(/Nothing was changed\.\n$/);
  });

  it('names a damaged entry, and can be used again when that was given up', async () => {
    const world = await setup();
    const { client, folder } = world;
    const engine = await world.startEngine();
    const { id } = await client.submit({ type: 'e2e.nobody' });
    await crash(engine);
    const { journalSeq } = await lastOf(world);
    await publish(world, JOURNAL, 'half an entr', APPENDED);
    const seq = journalSeq + 1;
    await expect(world.startEngine()).rejects.toMatchObject({
      code: 'JOURNAL_CORRUPT',
      message: expect.stringContaining(`journal entry ${seq}`),
    });
    const check = await precedent(world, 'journal', 'check');
    expect(check).toMatchObject({ code: 74 });
    expect(check.stdout).toContain(`entry ${seq}  unreadable: journal entry ${seq} is not JSON\n`);
    expect(check.stdout).toContain('precedent journal mend');
    const verified = await precedent(world, 'verify', '--json');
    expect(verified).toMatchObject({ code: 74 });
    expect(JSON.parse(verified.stdout)).toMatchObject({ findings: [{ in: 'journal', seq, offset: 0 }] });
    const unconfirmed = await precedent(world, 'journal', 'mend');
    expect(unconfirmed).toMatchObject({ code: 0 });
    expect(unconfirmed.stdout).toContain('--yes');
    await expect(world.startEngine()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
    expect(await precedent(world, 'journal', 'mend', '--yes')).toMatchObject({ code: 0 });
    expect(
      JSON.parse(readFileSync(path.join(folder, 'precedent-journal-main.ndjson'), 'utf8')),
    ).toMatchObject({
      seq,
      text: 'half an entr',
    });
    await world.startEngine();
    expect(await client.get(id)).toMatchObject({ state: 'queued' });
    expect(await precedent(world, 'journal', 'check')).toMatchObject({ code: 0 });
    expect((await precedent(world, 'journal', 'mend')).stdout).toMatch(/^nothing to mend/);
  });

  it('is reported as missing when the cell has none', async () => {
    const world = await setup();
    const check = await precedent(world, 'journal', 'check');
    expect(check).toMatchObject({ code: 74, stdout: '' });
    expect(check.stderr).toContain(streamsOf().journal('main'));
  });
});

const lastOf = async ({ client }: World): Promise<{ readonly journalSeq: number }> => {
  const info = await client.link.request(`$JS.API.STREAM.INFO.${streamsOf().journal('main')}`, '', {
    timeout: 5_000,
  });
  const { state } = info.json<{ readonly state: { readonly last_seq: number } }>();
  return { journalSeq: state.last_seq };
};
