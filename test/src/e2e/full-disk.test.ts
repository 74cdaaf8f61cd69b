import type { Client } from '@precedent/client';
import { Probe, isAppError } from '@precedent/kernel';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { judge } from '../crash/checker.ts';
import { readJournal } from '../crash/journal-reader.ts';
import { emptyWorld } from './world.ts';
import type { World } from './world.ts';

const MIB = 1024 * 1024;
/** Just enough for what the engine's streams reserve; little is left for the journal. */
const STORE_BYTES = 224 * MIB;

describe('a full disk', () => {
  let world: World;
  beforeAll(async () => {
    world = await emptyWorld({
      nats: { jetstream: [`max_file_store: ${STORE_BYTES}`], config: [`max_payload: ${8 * MIB}`] },
    });
    await world.startEngine();
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  const jetstream = async (verb: string, body: object): Promise<Record<string, unknown>> =>
    (await world.client.link.request(`$JS.API.${verb}`, JSON.stringify(body), { timeout: 10_000 })).json();

  /** Foreign files that fill the disk, until the server accepts no more. */
  const fill = async (): Promise<void> => {
    const config = { name: 'FILLER', subjects: ['filler'], storage: 'file', max_bytes: -1 };
    expect(await jetstream('STREAM.CREATE.FILLER', config)).not.toHaveProperty('error');
    for (const bytes of [4 * MIB, 64 * 1024, 512]) {
      let isFull = false;
      while (!isFull) {
        const ack = await world.client.link.request('filler', new Uint8Array(bytes), { timeout: 10_000 });
        isFull = 'error' in ack.json<object>();
      }
    }
  };

  const makeRoom = async (): Promise<void> => {
    expect(await jetstream('STREAM.DELETE.FILLER', {})).toMatchObject({ success: true });
  };

  /** Codes of what is refused; ids of what is accepted. */
  const attempt = async (client: Client, id: string): Promise<string> => {
    try {
      return (await client.submit({ id, type: 'e2e.disk' }, { timeoutMs: 1_500 })).id;
    } catch (error) {
      return isAppError(error) ? error.code : String(error);
    }
  };

  it('makes the engine refuse new tasks and loses nothing, and the engine works again when there is space', async () => {
    const { client } = world;
    const begun = new Probe();
    const gate = Promise.withResolvers<void>();
    const runs: string[] = [];
    const worker = client.worker({
      handlers: {
        'e2e.disk': async (job) => {
          runs.push(job.id);
          if (job.id !== 'running') return 'done';
          begun.hit();
          await gate.promise;
          return 'through it all';
        },
      },
    });
    await worker.start();
    const running = begun.next();
    await client.submit({ id: 'running', type: 'e2e.disk' });
    await running;
    await fill();

    const refused = [await attempt(client, 'first'), await attempt(client, 'second')];
    expect(refused).toEqual(['JOURNAL_UNAVAILABLE', 'JOURNAL_UNAVAILABLE']);
    // It ends while nothing can be written: its result is kept until it can.
    gate.resolve();
    await vi.waitFor(() => expect(worker.running).toBe(0));
    // The engine reports nothing that is not durable, so there is no verdict yet; but it answers.
    expect((await client.status()).state).toBe('running');

    await makeRoom();
    expect(await client.result('running', { timeoutMs: 20_000 })).toBe('through it all');
    expect(await attempt(client, 'first')).toBe('first');
    expect(await attempt(client, 'third')).toBe('third');
    for (const id of ['first', 'third']) expect(await client.result(id, { timeoutMs: 20_000 })).toBe('done');

    // What was refused may have been written after all, but then it has run, and once.
    const settled = await vi.waitFor(
      async () => {
        const { bands } = await client.status();
        expect(bands.normal).toMatchObject({ queued: 0, running: 0, retrying: 0 });
        return readJournal(client);
      },
      { timeout: 20_000 },
    );
    const sent = new Set(['running', 'first', 'second', 'third']);
    expect(judge(settled, { acknowledged: ['running', 'first', 'third'], sent }).faults).toEqual([]);
    expect(runs.filter((id) => id === 'running')).toHaveLength(1);
    await worker.stop();
  });
});
