import { HISTORY_OPERATIONS } from './operations/history.ts';
import type { HistoryVerb } from './operations/verbs.ts';
import { subjectsOf } from './subjects.ts';
import { describe, expect, it } from 'vitest';
import {
  HISTORY_LIMITS,
  historyEventsSchema,
  historyFeedSchema,
  historyGetSchema,
  historyListSchema,
  historySearchSchema,
  historyStatsSchema,
} from './history.ts';

describe('the subjects of the history', () => {
  it('never change', () => {
    const verbs = Object.keys(HISTORY_OPERATIONS) as HistoryVerb[];
    expect(verbs.map(subjectsOf().history)).toEqual([
      'precedent.v1.history.get',
      'precedent.v1.history.list',
      'precedent.v1.history.stats',
      'precedent.v1.history.events',
      'precedent.v1.history.feed',
      'precedent.v1.history.logs',
      'precedent.v1.history.decisions',
      'precedent.v1.history.search',
      'precedent.v1.history.status',
      'precedent.v1.history.rebuild',
      'precedent.v1.history.optimise',
      'precedent.v1.history.copy',
    ]);
    expect(subjectsOf('a.b').historyGroup).toBe('a.b.history');
  });

  it('have the limits of this list', () => {
    expect(HISTORY_LIMITS).toEqual({
      listed: 1_000,
      events: 5_000,
      feed: 1_000,
      logs: 1_000,
      textChars: 500,
      cursorChars: 500,
      waitMs: 10_000,
    });
  });
});

describe('requests to the history', () => {
  const filter = {
    state: ['failed'],
    band: ['low'],
    type: ['a.b'],
    labels: { team: 'x' },
    since: 1,
    until: 2,
  };

  it.each([
    ['get', historyGetSchema, { id: 'a', waitMs: 100 }],
    ['list', historyListSchema, { ...filter, text: 'x', order: 'settled', limit: 10, cursor: 'abc' }],
    ['stats', historyStatsSchema, { ...filter, bucketMs: 60_000 }],
    ['events', historyEventsSchema, { task: 'a', since: 1, limit: 5_000 }],
    ['feed', historyFeedSchema, { after: '0000000000001.00002', event: ['failed'], waitMs: 10_000 }],
    ['search', historySearchSchema, { ...filter, text: 'words', limit: 1 }],
  ])('%s accepts its request', (_, schema, request) => {
    expect(schema.parse(request)).toEqual(request);
  });

  it.each([
    ['get', historyGetSchema, { id: 'a', waitMs: 10_001 }, 'waitMs'],
    ['list', historyListSchema, { state: ['stopping'] }, 'state.0'],
    ['list', historyListSchema, { limit: 1_001 }, 'limit'],
    ['list', historyListSchema, { order: 'name' }, 'order'],
    ['stats', historyStatsSchema, { bucketMs: 1 }, 'bucketMs'],
    ['events', historyEventsSchema, { task: 'a b' }, 'task'],
    ['events', historyEventsSchema, { after: '12' }, 'after'],
    ['feed', historyFeedSchema, { event: ['gone'] }, 'event.0'],
    ['search', historySearchSchema, {}, 'text'],
  ])('%s names the wrong field', (_, schema, request, field) => {
    const checked = schema.safeParse(request);
    expect(checked.error?.issues.map(({ path }) => path.join('.'))).toEqual([field]);
  });
});
