import { OPEN_SCOPE } from '@precedent/access';
import type { AccessScope, HistoryFeedRequest, JournalledEvent } from '@precedent/contract-types';
import { AppError, sequenceText } from '@precedent/kernel';
import { isWanted } from '@precedent/ports';
import type { StreamedEvent, TaskEventsRequest } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { JournalFeed } from './journal-feed.ts';

const anEvent = (n: number, more: Partial<JournalledEvent> = {}): JournalledEvent => ({
  id: `t${n}`,
  namespace: 'acme',
  project: 'web',
  type: 'noop',
  band: 'normal',
  event: 'queued',
  at: n,
  sequence: sequenceText(n, 0),
  epoch: 0,
  attempt: 0,
  ...more,
});

/** A history with events that a test adds, of which the oldest may be gone. */
const aHistory = () => {
  const events: JournalledEvent[] = [];
  const waiting = new Set<() => void>();
  const requests: HistoryFeedRequest[] = [];
  let [forgotten, away] = [sequenceText(0, 0), false];
  const last = (): string => events.at(-1)?.sequence ?? sequenceText(0, 0);
  const page = (request: HistoryFeedRequest) => {
    const { after = last(), limit = 1_000 } = request;
    const gapTo = after < forgotten ? forgotten : undefined;
    const rest = events.filter(({ sequence }) => sequence > (gapTo ?? after));
    const found = rest.filter((event) => isWanted(event, request)).slice(0, limit);
    const end = found.length === limit ? (found.at(-1)?.sequence ?? after) : last();
    return { events: found, last: end > after ? end : after, ...(gapTo !== undefined && { gapTo }) };
  };
  const wake = (): void => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  return {
    requests,
    add: (...more: readonly JournalledEvent[]) => {
      events.push(...more);
      wake();
    },
    forget: (sequence: string) => (forgotten = sequence),
    goes: (isAway: boolean) => {
      away = isAway;
      wake();
    },
    calls: {
      call: async ({ request }: { readonly request: unknown }): Promise<unknown> => {
        if (away) throw new AppError('HISTORY_UNAVAILABLE', 'away');
        const query = request as HistoryFeedRequest;
        requests.push(query);
        const found = page(query);
        if (query.waitMs === undefined || found.events.length > 0 || found.gapTo !== undefined) return found;
        await new Promise<void>((resolve) => void waiting.add(resolve));
        if (away) throw new AppError('HISTORY_UNAVAILABLE', 'away');
        return page(query);
      },
    },
  };
};

const setup = (limits = { events: 20, chars: 100_000 }) => {
  const history = aHistory();
  let scope: AccessScope | AppError = OPEN_SCOPE;
  const feed = new JournalFeed({
    calls: history.calls,
    limits,
    scopeOf: () => {
      if (scope instanceof AppError) throw scope;
      return scope;
    },
  });
  const stopping = new AbortController();
  const open = (request: Partial<TaskEventsRequest> = {}) =>
    feed.events({ caller: undefined, filter: {}, signal: stopping.signal, ...request });
  return { ...history, open, stopping, allow: (next: AccessScope | AppError) => (scope = next) };
};

const taken = async (stream: AsyncIterator<StreamedEvent>, count: number): Promise<string[]> => {
  const names: string[] = [];
  while (names.length < count) {
    const { done, value } = await stream.next();
    if (done === true) break;
    if (value.kind === 'event') names.push(value.event.id);
  }
  return names;
};

const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `t${from + n}`);
const events = (from: number, to: number): JournalledEvent[] =>
  Array.from({ length: to - from + 1 }, (_, n) => anEvent(from + n));

describe('a stream of events', () => {
  it('goes on behind a sequence, and then with what comes, each event once', async () => {
    const { add, open } = setup();
    add(...events(1, 50));
    const stream = open({ after: sequenceText(10, 0) });
    expect(await taken(stream, 40)).toEqual(names(11, 50));
    add(...events(51, 90));
    add(anEvent(91));
    expect(await taken(stream, 41)).toEqual(names(51, 91));
  });

  it('begins with what comes from now on when it names no sequence', async () => {
    const { add, open, stopping } = setup();
    add(...events(1, 5));
    const stream = open();
    expect((await stream.next()).value).toEqual({ kind: 'position', at: sequenceText(5, 0) });
    const first = taken(stream, 1);
    add(anEvent(6));
    expect(await first).toEqual(['t6']);
    stopping.abort();
    expect(await stream.next()).toMatchObject({ done: true });
  });

  it('has no gap for a reader that is slower than the window is long', async () => {
    const { add, open } = setup({ events: 4, chars: 100_000 });
    const [slow, quick] = [open({ after: sequenceText(0, 0) }), open({ after: sequenceText(0, 0) })];
    const seen: string[] = [];
    for (let n = 1; n <= 30; n++) {
      add(anEvent(n));
      expect(await taken(quick, 1)).toEqual([`t${n}`]);
      if (n % 7 === 0) seen.push(...(await taken(slow, 1)));
    }
    seen.push(...(await taken(slow, 26)));
    expect(seen).toEqual(names(1, 30));
  });

  it('shares one reader of the history', async () => {
    const { add, open, requests } = setup();
    const streams = Array.from({ length: 20 }, () => open({ after: sequenceText(0, 0) }));
    const first = streams.map((stream) => taken(stream, 3));
    await Promise.resolve();
    add(...events(1, 3));
    for (const names3 of await Promise.all(first)) expect(names3).toEqual(names(1, 3));
    expect(requests.filter(({ waitMs }) => waitMs !== undefined).length).toBeLessThan(5);
  });

  it('states what the history has forgotten', async () => {
    const { add, open, forget } = setup();
    add(...events(1, 9));
    forget(sequenceText(6, 0));
    const stream = open({ after: sequenceText(2, 0) });
    await stream.next();
    expect(await stream.next()).toMatchObject({
      value: { kind: 'gap', from: sequenceText(2, 0), to: sequenceText(6, 0) },
    });
    expect(await taken(stream, 3)).toEqual(names(7, 9));
  });

  it('gives only what is wanted, and what the caller may see', async () => {
    const { add, open, allow } = setup();
    allow({ namespace: 'acme', projects: ['web'], clearances: [] });
    const stream = open({ after: sequenceText(0, 0), filter: { band: ['normal'] } });
    add(anEvent(1));
    expect(await taken(stream, 1)).toEqual(['t1']);
    add(
      anEvent(2, { namespace: 'other' }),
      anEvent(3, { project: 'api' }),
      anEvent(4, { security: 'secret' }),
      anEvent(5, { band: 'low' }),
      anEvent(6),
    );
    expect(await taken(stream, 1)).toEqual(['t6']);
  });

  it('ends with an error when the caller may not read any more, also when nothing comes', async () => {
    const { add, open, allow } = setup();
    add(anEvent(1));
    const stream = open({ after: sequenceText(0, 0) });
    expect(await taken(stream, 1)).toEqual(['t1']);
    allow(new AppError('UNAUTHENTICATED', 'revoked'));
    await expect(stream.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('waits for a history that is away, and refuses to begin without one', async () => {
    const { add, open, goes } = setup();
    const stream = open({ after: sequenceText(0, 0) });
    add(anEvent(1));
    expect(await taken(stream, 1)).toEqual(['t1']);
    goes(true);
    await expect(open().next()).rejects.toMatchObject({ code: 'HISTORY_UNAVAILABLE' });
    goes(false);
    add(anEvent(2));
    expect(await taken(stream, 1)).toEqual(['t2']);
  });
});
