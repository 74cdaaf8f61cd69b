import { connectNats, linkStateOf, natsLog } from '@precedent/nats';
import type { NatsLog } from '@precedent/nats';
import type { AppendLog } from '@precedent/ports';
import { startNats } from '@precedent/testkit';
import { describe, expect, it } from 'vitest';
import { natsWorlds, until } from './nats-world.ts';

const aWorld = natsWorlds();

const setup = async (answerLimitMs?: number) => {
  const world = await aWorld();
  const log = await natsLog({
    nc: world.nc,
    stream: world.streams.journal('main'),
    subject: world.subjects.journal('main'),
    ...(answerLimitMs !== undefined && { answerLimitMs }),
  });
  return { ...world, log };
};

const unavailable = { code: 'JOURNAL_UNAVAILABLE' };

const textsOf = async (log: AppendLog): Promise<string[]> => {
  const texts: string[] = [];
  for await (const { text } of log.read(0)) texts.push(text);
  return texts;
};

/** Appends as soon as it works again, and counts the tries that did not. */
const appendWhenUp = async (log: NatsLog, text: string, expected: number): Promise<number> => {
  for (let tries = 0; ; tries++) {
    try {
      await log.append(text, expected);
      return tries;
    } catch (error) {
      expect(error).toMatchObject(unavailable);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
};

describe('the journal when its server fails', () => {
  it('rejects pending and later appends at once when the server is killed', async () => {
    const { server, log } = await setup(600_000);
    await log.append('durable', 0);
    await server.freeze();
    const underWay = Promise.allSettled([log.append('a', 1), log.append('b', 2)]);
    await server.kill();
    expect(await underWay).toMatchObject([{ reason: unavailable }, { reason: unavailable }]);
    await expect(log.append('c', 1)).rejects.toMatchObject(unavailable);
    await expect(log.last()).rejects.toMatchObject(unavailable);
    await server.restart();
  });

  it('keeps acknowledged entries, and never sends rejected ones later', async () => {
    const { server, log } = await setup();
    await log.append('durable', 0);
    await server.kill();
    const restarted = server.restart();
    const tries = await appendWhenUp(log, 'after', 1);
    await restarted;
    expect(tries).toBeGreaterThan(0);
    expect(await log.append('last', 2)).toBe(3);
    expect(await textsOf(log)).toEqual(['durable', 'after', 'last']);
  });

  it('rejects at once while the connection is down, until it is up again', async () => {
    const { server, nc, log } = await setup(600_000);
    const link = linkStateOf(nc);
    const down = new Promise<void>((resolve) => void link.onDown(resolve));
    const up = new Promise<void>((resolve) => void link.onUp(resolve));
    await server.kill();
    await down;
    expect(link.isUp()).toBe(false);
    await expect(log.append('a', 0)).rejects.toThrow('there is no connection');
    await server.restart();
    await up;
    expect(await log.append('a', 0)).toBe(1);
  });

  it('gives up on an append without an answer, which may still land', async () => {
    const { server, log } = await setup(100);
    await server.freeze();
    try {
      await expect(log.append('slow', 0)).rejects.toThrow('no answer to entry 1 after 100 ms');
    } finally {
      server.thaw();
    }
    await until(async () => (await log.last()) === 1);
    expect(await textsOf(log)).toEqual(['slow']);
    expect(await log.append('next', 1)).toBe(2);
  });

  it('does not take a full disk for a fenced writer', async () => {
    await using server = await startNats({ jetstream: ['max_file_store: 4194304'] });
    const nc = await connectNats({ url: server.url, name: 'test' });
    const log = await natsLog({ nc, stream: 'FULL', subject: 'full' });
    const text = 'x'.repeat(400_000);
    let seq = 0;
    const fill = async (): Promise<void> => {
      for (;;) seq = await log.append(text, seq);
    };
    await expect(fill()).rejects.toMatchObject(unavailable);
    const both = await Promise.allSettled([log.append(text, seq), log.append(text, seq + 1)]);
    expect(both).toMatchObject([{ reason: unavailable }, { reason: unavailable }]);
    expect(await log.last()).toBe(seq);
    await log.purge(seq);
    expect(await log.append(text, seq)).toBe(seq + 1);
    await nc.close();
  });

  it('reports a deleted stream', async () => {
    const { nc, streams, log } = await setup();
    await log.append('a', 0);
    await nc.request(`$JS.API.STREAM.DELETE.${streams.journal('main')}`);
    await expect(log.append('b', 1)).rejects.toThrow('no stream takes the entry');
  });

  it('stops a reader when the server is killed', async () => {
    const { server, log } = await setup();
    const text = 'x'.repeat(200_000);
    // Three pages of a bulk read, of which the client holds two at most.
    for (let seq = 0; seq < 120; seq++) await log.append(text, seq);
    const read = async (): Promise<void> => {
      for await (const { seq } of log.read(0)) if (seq === 5) await server.kill();
    };
    await expect(read()).rejects.toMatchObject(unavailable);
    await server.restart();
    await until(async () => (await log.last().catch(() => 0)) === 120);
  });

  it('accepts no append after it was closed', async () => {
    const { log } = await setup();
    log.close();
    await expect(log.append('a', 0)).rejects.toMatchObject(unavailable);
    expect(await log.last()).toBe(0);
  });

  it('cannot be opened on a stream of another kind', async () => {
    const { nc, subjects, streams } = await setup();
    const stream = {
      name: streams.snapshot('x'),
      subjects: [subjects.snapshot('x')],
      retention: 'workqueue',
    };
    await nc.request(`$JS.API.STREAM.CREATE.${stream.name}`, JSON.stringify(stream));
    const opening = natsLog({ nc, stream: stream.name, subject: subjects.snapshot('x') });
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});
