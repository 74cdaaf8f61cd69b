import type { AccessScope, TaskEventName } from '@precedent/contract-types';
import { AppError, sequenceText } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { FIRST_SEQUENCE } from '@precedent/ports';
import type { StreamedEvent, TaskEvents, TaskEventsRequest } from '@precedent/ports';
import { afterEach, describe, expect, it } from 'vitest';

export interface EventfulTask {
  readonly namespace?: string;
  readonly project?: string;
  readonly band?: Band;
  readonly security?: string;
}

/** The events of a task that completes, in the order of the journal. */
export const LIFE = ['queued', 'started', 'completed'] as const satisfies readonly TaskEventName[];

export interface TaskEventsWorld {
  readonly events: TaskEvents;
  /** Adds the events of `LIFE` as the next entry of the journal, which begins with entry 1. */
  readonly life: (id: string, task?: EventfulTask) => void;
  /** Forgets every event that there is. */
  readonly forget: () => void;
  /** The source is away, or there again. */
  readonly setAway: (isAway: boolean) => void;
  readonly close: () => void;
}

/** What a caller may read now. Throws what refuses it. */
export type ScopeOf = () => AccessScope;

const CALLER = { namespace: 'acme', credential: 'k1' };
const OWN: AccessScope = { namespace: 'acme', projects: ['web'], clearances: [] };
const ENTRIES = 60;

const textOf = (item: StreamedEvent): string => {
  if (item.kind === 'event') return `${item.event.id} ${item.event.event}`;
  return item.kind === 'gap' ? 'gap' : 'position';
};

/** The texts of the next `count` events and gaps; fewer where the stream ends. */
const taken = async (stream: AsyncIterator<StreamedEvent>, count: number): Promise<string[]> => {
  const texts: string[] = [];
  while (texts.length < count) {
    const { done, value } = await stream.next();
    if (done === true) break;
    if (value.kind !== 'position') texts.push(textOf(value));
  }
  return texts;
};

const lives = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => LIFE.map((event) => `t${from + n} ${event}`)).flat();

/** What every `TaskEvents` must do. `make` gives one without an event, for callers whose scope is that of a function. */
export const describeTaskEvents = (name: string, make: (scopeOf: ScopeOf) => TaskEventsWorld): void => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });
  const setup = () => {
    let scope: AccessScope | AppError = OWN;
    const world = make(() => {
      if (scope instanceof AppError) throw scope;
      return scope;
    });
    const stopping = new AbortController();
    closers.push(() => {
      stopping.abort();
      world.close();
    });
    const open = (request: Partial<TaskEventsRequest> = {}): AsyncIterator<StreamedEvent> =>
      world.events
        .events({ caller: CALLER, filter: {}, signal: stopping.signal, ...request })
        [Symbol.asyncIterator]();
    const add = (from: number, to: number): void => {
      for (let n = from; n <= to; n++) world.life(`t${n}`);
    };
    return { ...world, open, add, stopping, allow: (next: AccessScope | AppError) => (scope = next) };
  };

  describe(`${name} as a source of the events of tasks`, () => {
    it('gives them in the order of the journal, each with its sequence', async () => {
      const { open, add } = setup();
      add(1, 2);
      const stream = open({ after: FIRST_SEQUENCE });
      expect((await stream.next()).value).toEqual({ kind: 'position', at: FIRST_SEQUENCE });
      const sequences: string[] = [];
      for (let n = 0; n < 6; n++) {
        const { value } = (await stream.next()) as { value: StreamedEvent };
        if (value.kind === 'event') sequences.push(value.event.sequence);
        expect(textOf(value)).toBe(lives(1, 2)[n]);
      }
      expect(sequences).toEqual([1, 2].flatMap((entry) => [0, 1, 2].map((n) => sequenceText(entry, n))));
    });

    it('begins with what comes from now on when no sequence is named', async () => {
      const { open, add } = setup();
      add(1, 3);
      const stream = open();
      const { value } = (await stream.next()) as { value: StreamedEvent };
      expect(value.kind === 'position' && value.at >= sequenceText(3, 2)).toBe(true);
      const first = taken(stream, 3);
      add(4, 4);
      expect(await first).toEqual(lives(4, 4));
    });

    it('goes on behind a sequence, also within an entry, and behind the position that it gave', async () => {
      const { open, add } = setup();
      add(1, ENTRIES);
      expect(await taken(open({ after: sequenceText(2, 1) }), 4)).toEqual(['t2 completed', ...lives(3, 3)]);
      const { value } = (await open().next()) as { value: StreamedEvent };
      add(ENTRIES + 1, ENTRIES + 1);
      const after = value.kind === 'position' ? value.at : '';
      expect(await taken(open({ after }), 3)).toEqual(lives(ENTRIES + 1, ENTRIES + 1));
    });

    it('gives each event once to a reader that is slower than what comes', async () => {
      const { open, add } = setup();
      const [slow, quick] = [open({ after: FIRST_SEQUENCE }), open({ after: FIRST_SEQUENCE })];
      const seen: string[] = [];
      for (let n = 1; n <= ENTRIES; n++) {
        add(n, n);
        expect(await taken(quick, 3)).toEqual(lives(n, n));
        if (n % 7 === 0) seen.push(...(await taken(slow, 1)));
      }
      seen.push(...(await taken(slow, 3 * ENTRIES - seen.length)));
      expect(seen).toEqual(lives(1, ENTRIES));
    });

    it('states what it has forgotten, and goes on behind that', async () => {
      const { open, add, forget } = setup();
      add(1, 3);
      forget();
      add(4, 4);
      expect(await taken(open({ after: sequenceText(1, 0) }), 4)).toEqual(['gap', ...lives(4, 4)]);
      const stream = open({ after: sequenceText(1, 0) });
      await stream.next();
      const { value } = (await stream.next()) as { value: StreamedEvent };
      expect(value).toMatchObject({ kind: 'gap', from: sequenceText(1, 0) });
      expect(value.kind === 'gap' && value.to >= sequenceText(3, 2) && value.to < sequenceText(4, 0)).toBe(
        true,
      );
    });

    it('gives what the filter describes', async () => {
      const { open, life } = setup();
      life('low', { band: 'low' });
      life('other');
      const after = FIRST_SEQUENCE;
      expect(await taken(open({ after, filter: { band: ['low'], event: ['started'] } }), 1)).toEqual([
        'low started',
      ]);
      expect(await taken(open({ after, filter: { task: 'other' } }), 3)).toEqual(
        LIFE.map((event) => `other ${event}`),
      );
    });

    it('gives what the caller may see, before and after it has caught up', async () => {
      const { open, life } = setup();
      const hidden: readonly EventfulTask[] = [
        { namespace: 'beta' },
        { project: 'api' },
        { security: 'secret' },
      ];
      for (const [n, task] of hidden.entries()) life(`hidden${n}`, task);
      life('own');
      const stream = open({ after: FIRST_SEQUENCE });
      expect(await taken(stream, 3)).toEqual(LIFE.map((event) => `own ${event}`));
      const next = taken(stream, 3);
      for (const [n, task] of hidden.entries()) life(`later${n}`, task);
      life('next');
      expect(await next).toEqual(LIFE.map((event) => `next ${event}`));
    });

    it('ends with an error when the caller may not read any more', async () => {
      const { open, add, allow } = setup();
      add(1, 1);
      const stream = open({ after: FIRST_SEQUENCE });
      expect(await taken(stream, 3)).toEqual(lives(1, 1));
      allow(new AppError('UNAUTHENTICATED', 'revoked'));
      add(2, 2);
      await expect(taken(stream, 1)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      await expect(open().next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    });

    it('cannot begin while it is away, and a stream that has begun waits for it', async () => {
      const { open, add, setAway } = setup();
      add(1, 1);
      const stream = open({ after: FIRST_SEQUENCE });
      expect(await taken(stream, 3)).toEqual(lives(1, 1));
      setAway(true);
      await expect(open().next()).rejects.toMatchObject({ code: 'HISTORY_UNAVAILABLE' });
      const next = taken(stream, 3);
      setAway(false);
      add(2, 2);
      expect(await next).toEqual(lives(2, 2));
    });

    it('ends when its signal is aborted, also while it waits', async () => {
      const { open, stopping } = setup();
      const stream = open();
      await stream.next();
      const waiting = stream.next();
      stopping.abort();
      expect(await waiting).toMatchObject({ done: true });
      const late = open({ signal: AbortSignal.abort() });
      expect(await taken(late, 1)).toEqual([]);
    });
  });
};
