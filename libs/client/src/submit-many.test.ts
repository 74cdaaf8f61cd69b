import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { streamsOf } from '@precedent/contracts';
import type { TaskSpec } from '@precedent/contracts';
import { Probe } from '@precedent/kernel';
import type { Client } from './client.ts';
import { connect } from './node.ts';
import type { TestServer } from './testing/nats-server.ts';
import { startServer } from './testing/nats-server.ts';
import type { ScriptedEngine } from './testing/scripted-engine.ts';
import { scriptedEngine } from './testing/scripted-engine.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer('max_payload: 20000');
});
afterAll(() => server.stop());

const world = async (): Promise<{ client: Client; engine: ScriptedEngine }> => {
  const engine = await scriptedEngine(server.url);
  const client = await connect({ servers: server.url, root: engine.root });
  onTestFinished(async () => {
    await client.close();
    await engine.close();
  });
  return { client, engine };
};

const specs = (count: number, over: Partial<TaskSpec> = {}): TaskSpec[] =>
  Array.from({ length: count }, (_, n) => ({ id: `t${n}`, type: 'echo', ...over }));

type Sent = { id: string }[];
const accept = (body: unknown): object => (body as Sent).map(({ id }) => ({ id, seq: 1 }));

describe('submitMany', () => {
  it('packs tasks by band and chunk, and gives the outcomes in the order of the tasks', async () => {
    const { client, engine } = await world();
    const messages: string[] = [];
    await engine.submit((body, { subject }) => {
      messages.push(`${subject.split('.').at(-1)} ${(body as Sent).length}`);
      return accept(body);
    });
    const mixed = specs(25).map((spec, n) => ({
      ...spec,
      band: n % 5 === 0 ? ('high' as const) : ('low' as const),
    }));
    const outcomes = await client.submitMany(mixed, { chunk: 8 });
    expect(outcomes).toEqual(mixed.map(({ id }) => ({ id, seq: 1, door: 'ask' })));
    expect(messages).toEqual(['low 8', 'low 8', 'high 5', 'low 4']);
  });

  it('gives each bad task its own error and sends the others', async () => {
    const { client, engine } = await world();
    await engine.submit((body) =>
      (body as Sent).map(({ id }) =>
        id === 't1'
          ? { error: { code: 'TASK_EXISTS', message: 'another task has the id t1' } }
          : { id, seq: 1 },
      ),
    );
    const bad = { id: 'bad', type: 'echo', payload: () => 1 } as unknown as TaskSpec;
    const outcomes = await client.submitMany([...specs(2), bad]);
    expect(outcomes).toMatchObject([
      { id: 't0', door: 'ask' },
      { id: 't1', error: { code: 'TASK_EXISTS' } },
      { id: 'bad', error: { code: 'INVALID_TASK', issues: [{ field: 'payload' }] } },
    ]);
  });

  it('sends again only what a full band refused, after the time that the refusal names', async () => {
    const { client, engine } = await world();
    const sent: { at: number; ids: string[] }[] = [];
    const full = { code: 'QUEUE_FULL', message: 'full', retryAfterMs: 60 };
    await engine.submit((body) => {
      sent.push({ at: performance.now(), ids: (body as Sent).map(({ id }) => id) });
      return (body as Sent).map(({ id }, n) => (n >= 2 ? { error: full } : { id, seq: sent.length }));
    });
    const outcomes = await client.submitMany(specs(5));
    expect(sent.map(({ ids }) => ids)).toEqual([['t0', 't1', 't2', 't3', 't4'], ['t2', 't3', 't4'], ['t4']]);
    expect(outcomes.map((outcome) => 'seq' in outcome && outcome.seq)).toEqual([1, 1, 2, 2, 3]);
    expect((sent[1]?.at ?? 0) - (sent[0]?.at ?? 0)).toBeGreaterThanOrEqual(59);
  });

  it('gives up on a band that stays full when its time is over', async () => {
    const { client, engine } = await world();
    const error = { code: 'QUEUE_FULL', message: 'full', retryAfterMs: 30 };
    let requested = 0;
    await engine.submit((body) => {
      requested++;
      return (body as Sent).map(() => ({ error }));
    });
    const outcomes = await client.submitMany(specs(1), { timeoutMs: 400 });
    expect(outcomes).toEqual([{ id: 't0', error }]);
    expect(requested).toBeGreaterThan(1);
  });

  it('never sends more than the server takes, whatever the characters', async () => {
    const { client, engine } = await world();
    const sizes: number[] = [];
    await engine.submit((body, { data }) => {
      sizes.push(data.length);
      return accept(body);
    });
    const outcomes = await client.submitMany(specs(40, { payload: '日'.repeat(900) }));
    expect(outcomes.filter((outcome) => 'seq' in outcome)).toHaveLength(40);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(15_000);
    expect(sizes.length).toBeGreaterThan(5);
    const [large] = await client.submitMany(specs(1, { payload: 'x'.repeat(20_000) }));
    expect(large).toMatchObject({ id: 't0', error: { code: 'PAYLOAD_TOO_LARGE' } });
  });

  it.each([0, 257, 1.5, NaN, Infinity])('refuses a window of %d', async (window) => {
    const { client } = await world();
    await expect(client.submitMany(specs(1), { window })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: `window is 1 to 256 messages; got ${window}`,
    });
  });

  it('keeps no more messages in flight than its window, and reads a source no faster', async () => {
    const { client, engine } = await world();
    const held = new Probe<() => void>();
    held.arm();
    let holding = true;
    await engine.submit((body, message) => {
      if (!holding) return accept(body);
      held.hit(() => message.respond(JSON.stringify(accept(body))));
      return undefined;
    });
    let read = 0;
    async function* source(): AsyncGenerator<TaskSpec> {
      for (const spec of specs(100)) {
        read++;
        yield spec;
      }
    }
    const all = client.submitMany(source(), { chunk: 10, window: 2 });
    const answers = [await held.next(), await held.next()];
    // The first task goes alone, because nothing else is in flight; then a full message, and the window is closed.
    expect(read).toBe(1 + 10);
    holding = false;
    for (const answer of answers) answer();
    expect(await all).toHaveLength(100);
  });

  it('sends a task that comes alone at once', async () => {
    const { client, engine } = await world();
    const seen = new Probe<number>();
    seen.arm();
    await engine.submit((body) => {
      seen.hit((body as Sent).length);
      return accept(body);
    });
    let more = (): void => undefined;
    const wanted = new Promise<void>((resolve) => {
      more = resolve;
    });
    async function* source(): AsyncGenerator<TaskSpec> {
      yield { type: 'echo' };
      await wanted;
      yield { type: 'echo' };
    }
    const all = client.submitMany(source());
    expect(await seen.next()).toBe(1);
    more();
    expect(await all).toHaveLength(2);
  });

  it('publishes tasks to the stream, each once, when the engine dies in the middle', async () => {
    const { client, engine } = await world();
    await engine.openStreamIngress();
    const accepted = new Set<string>();
    await engine.submit((body) => {
      if (accepted.size >= 40) return undefined;
      for (const { id } of body as Sent) accepted.add(id);
      if (accepted.size >= 40) void engine.die();
      return accept(body);
    });
    const outcomes = await client.submitMany(specs(100), { chunk: 10, window: 1, timeoutMs: 2_000 });
    const requested = outcomes
      .filter((outcome) => 'door' in outcome && outcome.door === 'ask')
      .map(({ id }) => id);
    const dropped = (await engine.stored(streamsOf(engine.root).tasks)) as Sent;
    expect(new Set([...requested, ...dropped.map(({ id }) => id)]).size).toBe(100);
    expect(requested.length + dropped.length).toBe(100);
    expect(requested.length).toBe(accepted.size);
  });

  it('passes an error that the engine gives to a whole message on to each task in it', async () => {
    const { client, engine } = await world();
    const error = { code: 'INVALID_REQUEST', message: 'not an array' };
    await engine.submit(() => ({ error }));
    expect(await client.submitMany(specs(2))).toEqual([
      { id: 't0', error },
      { id: 't1', error },
    ]);
  });

  it('gives every task an error when the connection is closed', async () => {
    const { client, engine } = await world();
    await client.close();
    const outcomes = await client.submitMany(specs(2));
    expect(outcomes).toMatchObject([
      { error: { code: 'NATS_UNREACHABLE' } },
      { error: { code: 'NATS_UNREACHABLE' } },
    ]);
    expect(engine.link.isClosed()).toBe(false);
  });
});
