import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery } from './query.ts';

/** A Friday. */
const NOW = Date.parse('2026-11-20T06:00:00Z');
const at = (text: string): number => Date.parse(text.length > 10 ? text : `${text}T00:00:00Z`);

/** Words that could be filters, and mean something else. */
const NO_FILTERS = [
  'broken pipe in sync jobs',
  'cancelled order export',
  'failed login report',
  'top 10 customers report',
  'low priority thread starves',
  'argument of type string is not assignable',
  "probably yesterday's pipeline was cancelled",
  'refresh attempt cancelled, port was taken',
  'all later migrations cancelled, lock timeout too low',
  "token had expired, upload of yesterday's top 10 invoices failed",
  'failed logins report of yesterday refused while uploading its partition',
  'top 10 products results too big for low driver limit',
  'tests only failed when run in parallel',
  'context cancelled while waiting for the last job',
  'certificate expired on 2026-11-03',
  'certificate not valid before 2026-11-01',
  'memory limit 512 exceeded',
  'connection limit 100',
  'cleanup of files older than 2 weeks',
  'the last 3 lines of the log are empty',
  'first 5 rows of the file are invalid',
  'process on worker node lost its heartbeat',
  'killed by worker timeout',
  'exception on worker 3',
  'circular import in project settings',
  'unexpected token of type number',
  'expected type: string got: null',
  'kind: Deployment status: 500',
  'failed jobs queue is full',
  'completed multipart upload is missing parts',
  'timeouts of the gateway',
  'the backup that failed to connect',
  "last week's report",
  'numbers of today differ from yesterday',
  'orders of this month were imported twice',
  'job timed out after 3600 seconds',
  'cancelled',
  'failures',
  'up to 10 retries exhausted',
  'partition 2026-11-03 is missing',
];

const THIS_MORNING = { since: at('2026-11-20'), until: at('2026-11-20T12:00:00Z') };
/** Filters in places where they mean nothing else. */
const PLACES: readonly (readonly [query: string, text: string, filters: object])[] = [
  ['failed builds older than 2 weeks', 'builds', { outcome: ['failed'], until: NOW - 14 * 86_400_000 }],
  ['disk full older than 2 weeks', 'disk full', { until: NOW - 14 * 86_400_000 }],
  ['newer than 3 days', 'newer than 3 days', { since: NOW - 3 * 86_400_000 }],
  ['failures this morning', 'failures this morning', { outcome: ['failed'], ...THIS_MORNING }],
  ['only cancelled', 'only cancelled', { outcome: ['cancelled'] }],
  ['backup, only cancelled', 'backup', { outcome: ['cancelled'] }],
  ['failures only', 'failures only', { outcome: ['failed'] }],
  ['all timeouts of the billing export', 'the billing export', { outcome: ['timed_out'] }],
  ['preempted trainings', 'trainings', { outcome: ['preempted'] }],
  ['successful nightly exports', 'nightly exports', { outcome: ['completed'] }],
  ['low priority tasks', 'tasks', { band: ['low'] }],
  ['tasks with low priority', 'tasks', { band: ['low'] }],
  ['tasks in the low band', 'tasks', { band: ['low'] }],
  ['jobs that were cancelled', 'jobs', { outcome: ['cancelled'] }],
  ['tasks of type data.import that timed out', 'tasks', { type: ['data.import'], outcome: ['timed_out'] }],
  [
    'in project shop failed builds since 2026-11-01',
    'builds',
    { project: ['shop'], outcome: ['failed'], since: at('2026-11-01') },
  ],
  [
    'failed tilt-engine builds with a killed compiler in september',
    'tilt-engine builds with a killed compiler',
    { outcome: ['failed'], since: at('2026-09-01'), until: at('2026-10-01') },
  ],
  [
    'profile out of date, kestrel-app, October',
    'profile out of date, kestrel-app',
    { since: at('2026-10-01') },
  ],
  [
    "last night's failures",
    "last night's failures",
    { outcome: ['failed'], since: at('2026-11-19T18:00:00Z') },
  ],
  ['shop failures today about a key', 'shop failures about a key', { since: at('2026-11-20') }],
  ['list failed runs of yesterday', 'runs', { outcome: ['failed'], since: at('2026-11-19') }],
  ['yesterday the disk was full', 'disk was full', { since: at('2026-11-19'), until: at('2026-11-20') }],
];

const FIXES: readonly (readonly [query: string, problem: string])[] = [
  ['what fixed the outdated certificate on the api host', 'the outdated certificate on the api host'],
  ['how did we solve the exhausted database connections?', 'the exhausted database connections'],
  ['what did we do about the full docker disk', 'the full docker disk'],
  ['what was done about the untrusted proxy certificate', 'the untrusted proxy certificate'],
  ['what did we change so that large replies come through', 'large replies come through'],
  ['how do I fix ERESOLVE', 'ERESOLVE'],
  ['fix for disk full', 'disk full'],
  ['how was the inode problem resolved', 'the inode problem'],
  ['what got the deploy working again', 'the deploy'],
  ['the log filled the disk, what helped?', 'the log filled the disk'],
  ['how to get rid of the stale lock', 'the stale lock'],
  ['how was the slow consumer fixed that lost its group', 'the slow consumer that lost its group'],
  ['is there a workaround for the flaky dns', 'the flaky dns'],
];

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

  it.each(NO_FILTERS)('finds no filter in "%s"', (query) => {
    const { filters, limit, phrases } = parseQuery(query, NOW);
    expect({ filters, limit, phrases }).toEqual({ filters: {}, limit: undefined, phrases: [] });
  });

  it.each(PLACES)('finds in "%s" the text "%s"', (query, text, filters) => {
    expect(parseQuery(query, NOW)).toMatchObject({ text, filters });
  });

  it('reads no filter that is ignored, in words and in field:value form', () => {
    expect(parseQuery('failed builds since monday', NOW, ['time', 'outcome']).phrases).toEqual([]);
    expect(parseQuery('disk status:failed since:yesterday', NOW, ['outcome', 'time']).phrases).toEqual([]);
  });

  it.each(FIXES)('takes "%s" for a question after what solved "%s"', (query, problem) => {
    expect(parseQuery(query, NOW)).toMatchObject({ text: problem, seeks: 'resolutions' });
  });

  it.each([
    'fix_permissions.sh not found',
    'dependency resolution failed',
    'hotfix branch does not build',
    'prettier --fix changed files',
    'the fix was not applied',
    'what changed in the build',
  ])('takes "%s" for no such question', (query) => {
    expect(parseQuery(query, NOW).seeks).toBeUndefined();
  });

  it('distinguishes a list of what meets the filters from a search for words', () => {
    expect(parseQuery('failures this morning', NOW).seeks).toBe('list');
    expect(parseQuery('which tasks were preempted today', NOW).seeks).toBe('list');
    expect(parseQuery('failed backups since yesterday', NOW).seeks).toBeUndefined();
    expect(parseQuery('runs of nightly export', NOW).seeks).toBe('runs');
  });

  it('parses nothing from a text that is longer than a query', () => {
    const log = `since yesterday ${'x'.repeat(1_000)}`;
    expect(parseQuery(log, NOW)).toEqual({ text: log, filters: {}, phrases: [] });
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
