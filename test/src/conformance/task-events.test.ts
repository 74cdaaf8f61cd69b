import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compile } from '@precedent/access';
import type { HistoryFeedRequest } from '@precedent/contract-types';
import { HistoryService, Projection } from '@precedent/history';
import { AppError } from '@precedent/kernel';
import { MemoryTaskEvents } from '@precedent/memory';
import { JournalFeed } from '@precedent/nats';
import type { OperationCall } from '@precedent/ports';
import { systemClock } from '@precedent/processes';
import { openHistoryFolder } from '@precedent/sqlite';
import { ScriptedJournal } from '../history/scripted-journal.ts';
import { LIFE, describeTaskEvents } from './task-events.suite.ts';
import type { EventfulTask, ScopeOf } from './task-events.suite.ts';

const DEFAULTS = { namespace: 'acme', project: 'web' };
const PRINCIPAL = compile({ name: 'ann', kind: 'human', credential: 'k1', grants: [] });

describeTaskEvents('memory', (scopeOf) => {
  const events = new MemoryTaskEvents(scopeOf);
  return {
    events,
    life: (id, task: EventfulTask = {}) =>
      events.add(
        ...LIFE.map((event) => ({
          ...DEFAULTS,
          ...task,
          id,
          event,
          type: 'noop',
          band: task.band ?? 'normal',
          at: 1,
          epoch: 1,
          attempt: 1,
        })),
      ),
    forget: () => events.forget(),
    setAway: (isAway) => {
      events.isAway = isAway;
      events.wake();
    },
    close: () => undefined,
  };
});

/** A history in this process, with a journal that the test writes. */
const aHistory = () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-events-'));
  const folder = openHistoryFolder(dir, 0);
  const { store } = folder;
  const journal = new ScriptedJournal();
  const projection = new Projection(store, DEFAULTS);
  const service = new HistoryService({
    store: () => store,
    last: async () => Promise.resolve(journal.last),
    clock: systemClock(),
    retentionMs: 1,
    rebuild: () => false,
    isRebuilding: () => false,
    optimise: () => ({ bytes: 0, freeBytes: 0 }),
    copy: () => Promise.reject(new Error('no copy')),
  });
  const close = (): void => {
    folder.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return {
    service,
    close,
    life: (id: string, task: EventfulTask = {}): void => {
      journal.life(id, { ...DEFAULTS, ...task });
      projection.fold(journal.flush());
      store.apply(projection.take());
      service.stored(store.position());
    },
    forget: () => void store.forget(journal.at + 1, 1_000),
  };
};

/** The calls of the feed, answered in the scope of their caller. */
const callsOf = (service: HistoryService, scopeOf: ScopeOf) => {
  const state = { isAway: false, isClosed: false };
  const call = async ({ request, caller }: OperationCall): Promise<unknown> => {
    if (state.isClosed) return new Promise(() => undefined);
    if (state.isAway) throw new AppError('HISTORY_UNAVAILABLE', 'the history is away');
    const history =
      caller === undefined ? service : service.forCaller({ principal: PRINCIPAL, scope: scopeOf() });
    return history.feed(request as HistoryFeedRequest);
  };
  return { state, calls: { call } };
};

/** So few that a slow reader is behind it. */
const LIMITS = { events: 20, chars: 100_000 };

describeTaskEvents('the journal, read from the history', (scopeOf) => {
  const { service, life, forget, close } = aHistory();
  const { state, calls } = callsOf(service, scopeOf);
  return {
    events: new JournalFeed({ calls, scopeOf, limits: LIMITS }),
    life,
    forget,
    setAway: (isAway) => (state.isAway = isAway),
    close: () => {
      state.isClosed = true;
      close();
    },
  };
});
