import { AppError, Probe, isAppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ThreadRequest } from './embedder-thread.ts';
import { aModelFolder } from './model-folder.arbitraries.ts';
import { startEmbedder } from './thread-embedder.ts';
import type { EmbedderOptions } from './thread-embedder.ts';
import type { Thread, ThreadEvents } from './thread.ts';

const PROBE = 'a task was completed';
const GOOD = Float32Array.of(0, 1, 0, 0);

/** A thread whose answers are given by hand; the probe is answered by itself. */
class Scripted implements Thread {
  readonly requests: ThreadRequest[] = [];
  readonly came = new Probe<ThreadRequest>();
  isClosed = false;
  readonly #events: ThreadEvents;
  constructor(events: ThreadEvents) {
    this.#events = events;
    this.came.arm();
  }
  send(request: ThreadRequest): void {
    if (request.text === PROBE) return queueMicrotask(() => this.#events.answered(request.n, GOOD));
    this.requests.push(request);
    this.came.hit(request);
  }
  answer(result: Float32Array | string = GOOD): void {
    const request = this.requests.shift();
    if (request) this.#events.answered(request.n, result);
  }
  crash(reason: string): void {
    this.#events.ended(reason);
  }
  kill(): void {
    this.crash('it did not answer');
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

const setup = async (options: EmbedderOptions = {}, failures: readonly number[] = []) => {
  const threads: Scripted[] = [];
  const started = new Probe<Scripted>();
  const crashes = new Probe<string>();
  started.arm();
  crashes.arm();
  let starts = 0;
  const embedder = await startEmbedder({
    dir: aModelFolder(),
    onCrash: (reason, delayMs) => crashes.hit(`${reason}, ${delayMs} ms`),
    start: async (events) => {
      if (failures.includes(++starts)) throw new AppError('EMBEDDER_UNAVAILABLE', 'no model any more');
      const thread = new Scripted(events);
      threads.push(thread);
      started.hit(thread);
      return thread;
    },
    ...options,
  });
  onTestFinished(() => embedder.close());
  const thread = await started.next();
  return { embedder, thread, started, crashes, threads };
};

const messageOf = async (failing: Promise<unknown>): Promise<string> => {
  const error: unknown = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isAppError(error)) throw new Error('an AppError was expected', { cause: error });
  expect(error.code).toBe('EMBEDDER_UNAVAILABLE');
  return error.message;
};

const textsOf = ({ requests }: Scripted): string[] => requests.map(({ text }) => text);

describe('startEmbedder', () => {
  it('returns the vectors in the order of the texts, with two texts in the thread at a time', async () => {
    const { embedder, thread } = await setup();
    const answered = embedder.embed(['a', 'b', 'c']);
    expect(textsOf(thread)).toEqual(['a', 'b']);
    const vectors = [1, 2, 3].map((n) => Float32Array.of(n));
    for (const vector of vectors) thread.answer(vector);
    expect(await answered).toEqual(vectors);
    expect(embedder.model).toEqual({ name: 'tiny-q8c', dimensions: 4 });
    expect(await embedder.embed([])).toEqual([]);
  });

  it('embeds a query before the documents that wait', async () => {
    const { embedder, thread } = await setup();
    const documents = embedder.embed(['d1', 'd2', 'd3', 'd4']);
    const query = embedder.queries.embed(['q']);
    thread.answer();
    expect(textsOf(thread)).toEqual(['d2', 'q']);
    thread.answer();
    thread.answer(Float32Array.of(7));
    expect(await query).toEqual([Float32Array.of(7)]);
    thread.answer();
    thread.answer();
    expect(await documents).toHaveLength(4);
  });

  it('rejects a call that does not fit into its queue as a whole, with the count and the limit', async () => {
    const { embedder, thread } = await setup({ queueMax: 3 });
    const first = embedder.embed(['a', 'b', 'c']);
    expect(await messageOf(embedder.embed(['d', 'e', 'f']))).toBe(
      'the embedder has no room for 3 more texts: 1 of 3 wait',
    );
    const second = embedder.embed(['d', 'e']);
    for (let i = 0; i < 5; i++) thread.answer();
    expect([(await first).length, (await second).length]).toEqual([3, 2]);
  });

  it('rejects a whole call, and no other, when the model refuses one of its texts', async () => {
    const { embedder, thread } = await setup();
    const bad = messageOf(embedder.embed(['a', 'b', 'c', 'd']));
    const good = embedder.embed(['e']);
    thread.answer('no such token');
    expect(await bad).toBe('the model refused a text: no such token');
    expect(textsOf(thread)).toEqual(['b', 'e']);
    thread.answer();
    thread.answer();
    expect(await good).toEqual([GOOD]);
  });

  it('rejects a model whose vectors have wrong dimensions or lengths', async () => {
    const closed: boolean[] = [];
    const wrong = (vector: Float32Array) => async (events: ThreadEvents) => ({
      send: ({ n }: ThreadRequest) => queueMicrotask(() => events.answered(n, vector)),
      kill: () => undefined,
      close: async () => void closed.push(true),
    });
    const start = (vector: Float32Array) => startEmbedder({ dir: aModelFolder(), start: wrong(vector) });
    expect(await messageOf(start(Float32Array.of(1, 0)))).toMatch(
      /answered 2 numbers of length 1 instead of 4/,
    );
    expect(await messageOf(start(Float32Array.of(2, 0, 0, 0)))).toMatch(/of length 2 instead/);
    expect(await messageOf(start(Float32Array.of(Number.NaN, 0, 0, 0)))).toMatch(/of length NaN/);
    expect(closed).toEqual([true, true, true]);
  });
});

describe('startEmbedder, when its thread crashes', () => {
  it('rejects the calls whose texts the thread had, starts it again, and serves those that waited', async () => {
    const { embedder, thread, started, crashes } = await setup();
    const lost = messageOf(embedder.embed(['a', 'b']));
    const waiting = embedder.embed(['c']);
    thread.crash('out of memory');
    expect(await lost).toBe('the thread of the model ended: out of memory');
    expect(await crashes.next()).toBe('out of memory, 100 ms');
    const second = await started.next();
    expect((await second.came.next()).text).toBe('c');
    second.answer();
    expect(await waiting).toEqual([GOOD]);
  });

  it('rejects waiting and new calls while the thread cannot be started again', async () => {
    const { embedder, thread, started, crashes } = await setup({}, [2]);
    thread.crash('gone');
    const waiting = messageOf(embedder.embed(['c']));
    expect(await waiting).toBe('no model any more');
    expect(await messageOf(embedder.embed(['d']))).toBe('no model any more');
    expect([await crashes.next(), await crashes.next()]).toEqual([
      'gone, 100 ms',
      'no model any more, 200 ms',
    ]);
    const third = await started.next();
    // The embedder hears of its new thread a turn after it was made.
    await new Promise((resolve) => setImmediate(resolve));
    const good = embedder.embed(['e']);
    third.answer();
    expect(await good).toEqual([GOOD]);
  });

  it('kills a thread that hangs after the time limit of one text', async () => {
    const { embedder, crashes } = await setup({ textMsMax: 20 });
    expect(await messageOf(embedder.embed(['a']))).toBe('the thread of the model ended: it did not answer');
    expect(await crashes.next()).toBe('it did not answer, 100 ms');
  });
});

describe('the close of an embedder', () => {
  it('rejects calls under way, and later calls', async () => {
    const { embedder, thread } = await setup();
    const calls = [embedder.embed(['a', 'b', 'c']), embedder.queries.embed(['q'])].map(messageOf);
    await embedder.queries.close();
    expect(await Promise.all(calls)).toEqual(['the embedder is closed', 'the embedder is closed']);
    expect(await messageOf(embedder.embed(['d']))).toBe('the embedder is closed');
    expect(thread.isClosed).toBe(true);
    await embedder.close();
  });

  it('cancels the restart of a crashed thread', async () => {
    const { embedder, thread, threads } = await setup();
    thread.crash('gone');
    await embedder.close();
    expect(threads).toHaveLength(1);
  });
});
