import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery } from './query.ts';

/** A Friday. */
const NOW = Date.parse('2026-11-20T06:00:00Z');
const at = (text: string): number => Date.parse(text.length > 10 ? text : `${text}T00:00:00Z`);

describe('parseQuery', () => {
  it.each([
    ['failed imports since yesterday', 'imports', { outcome: ['failed'], since: at('2026-11-19') }],
    ['errors on 2026-11-03', 'errors', { since: at('2026-11-03'), until: at('2026-11-04') }],
    [
      'builds between 2026-11-01 and 2026-11-05',
      'builds',
      { since: at('2026-11-01'), until: at('2026-11-06') },
    ],
    ['runs from 1 november to 5 november', 'runs', { since: at('2026-11-01'), until: at('2026-11-06') }],
    ['timeouts in the last 7 days', 'timeouts', { since: NOW - 7 * 86_400_000 }],
    ['timeouts in the past three hours', 'timeouts', { since: NOW - 3 * 3_600_000 }],
    ['slow tests this week', 'slow tests', { since: at('2026-11-16') }],
    ['crashes last week', 'crashes', { since: at('2026-11-09'), until: at('2026-11-16') }],
    ['crashes since monday', 'crashes', { since: at('2026-11-16') }],
    ['crashes 2 days ago', 'crashes 2 days ago', {}],
    ['crashes since 2 days ago', 'crashes', { since: NOW - 2 * 86_400_000 }],
    ['backups in october', 'backups', { since: at('2026-10-01'), until: at('2026-11-01') }],
    ['backups in december', 'backups', { since: at('2025-12-01'), until: at('2026-01-01') }],
    ['backups before 2026-11-01', 'backups', { until: at('2026-11-01') }],
    ['backups since 2026-11-01T12:30', 'backups', { since: at('2026-11-01T12:30:00Z') }],
    ['deployments in project shop that failed', 'deployments', { project: ['shop'], outcome: ['failed'] }],
    ['jobs in the shop project', 'jobs', { project: ['shop'] }],
    ['tasks of type data.import', 'tasks', { type: ['data.import'] }],
    ['oom on worker w-3', 'oom', { worker: ['w-3'] }],
    ['critical priority calls', 'calls', { band: ['critical'] }],
    ['successful exports', 'exports', { outcome: ['completed'] }],
    ['cancelled exports', 'exports', { outcome: ['cancelled'] }],
    ['reports that timed out', 'reports', { outcome: ['timed_out'] }],
    ['only failures', 'only failures', { outcome: ['failed'] }],
    ['project:shop,web kind:note disk', 'disk', { project: ['shop', 'web'], kind: ['note'] }],
    ['state:failed priority:low disk', 'disk', { outcome: ['failed'], band: ['low'] }],
    ['since:2026-11-01 until:yesterday disk', 'disk', { since: at('2026-11-01'), until: at('2026-11-19') }],
  ])('%s', (query, text, filters) => {
    expect(parseQuery(query, NOW)).toMatchObject({ text, filters });
    expect(Object.keys(parseQuery(query, NOW).filters)).toEqual(expect.arrayContaining(Object.keys(filters)));
    expect(Object.keys(parseQuery(query, NOW).filters).length).toBe(Object.keys(filters).length);
  });

  it.each([
    'what failed to connect to the database',
    'failed to authenticate against registry',
    'E11000 duplicate key',
    'the project is too large',
    'low disk space',
    'high memory usage',
    'type error in the worker pool',
    'outcome:perhaps band:purple kind:thing',
    'error in "last 7 days" filter'.replace('last 7 days', 'since yesterday'),
    'http://example.com/type:x',
    'may not write',
    'order 4711',
    'first line of the file',
    'outcome:constructor',
    'state:__proto__ status:toString',
    'outcome:failed,constructor',
    'band:constructor kind:__proto__',
    'since 30 february',
    'on 31 april 2026',
    'since 2026-02-30',
    'at 2026-11-20 24:61',
    'before:2026-04-31',
    'in march 0050',
    'between 30 february and 31 april',
  ])('finds no filter in "%s"', (query) => {
    expect(parseQuery(query, NOW)).toEqual({ text: query, filters: {}, phrases: [] });
  });

  it('returns the words that became filters', () => {
    expect(parseQuery('top 5 failed imports since yesterday', NOW)).toMatchObject({
      limit: 5,
      phrases: [
        { field: 'limit', words: 'top 5' },
        { field: 'time', words: 'since yesterday' },
        { field: 'outcome', words: 'failed' },
      ],
    });
  });

  it('keeps the words of a query of filters alone as its text', () => {
    expect(parseQuery('project:shop outcome:failed', NOW).text).toBe('project:shop outcome:failed');
  });

  it.each(['9999999999 days ago', `${'9'.repeat(400)} years ago`, '300000 years ago'])(
    'takes "since %s" for the beginning of time',
    (ago) => {
      expect(parseQuery(`failed since ${ago}`, NOW).filters.since).toBe(0);
      expect(parseQuery(`failed in the last ${ago.replace(' ago', '')}`, NOW).filters.since).toBe(0);
    },
  );

  it('reads 29 February without a year as the latest one', () => {
    expect(parseQuery('errors on 29 february', NOW).filters.since).toBe(Date.UTC(2024, 1, 29));
  });

  it('never throws, empties the text, or returns a time that is no number', () => {
    const words = fc.constantFrom(
      'since',
      'between',
      'and',
      'last',
      '7',
      'days',
      '2026-13-45',
      '2026-02-30',
      'monday',
      'project',
      ':',
      '"',
      'failed',
      'tasks',
      'top',
      '31 february',
      '9999-99',
      '\uE0000\uE000',
      '9999999999',
      'ago',
      'outcome:',
      'constructor',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 8 }), (some) => {
        const { text, filters } = parseQuery(some.join(' '), NOW);
        expect(text.length).toBeGreaterThan(0);
        for (const bound of [filters.since, filters.until])
          if (bound !== undefined) expect(() => new Date(bound).toISOString()).not.toThrow();
      }),
    );
  });
});
