import type { SearchStatus } from '@precedent/contracts';
import { expect, it } from 'vitest';
import { statusText } from './status-text.ts';
import { aStatus } from './testing/fixtures.ts';

const NOTHING: SearchStatus = {
  freshness: { seq: 0, lastSeq: 4, lagMs: 0 },
  collection: 'interactions',
  semantic: false,
  open: 0,
  documents: 0,
  missed: 0,
};

it('names the parts that are restarted or could not be started, since when and why', () => {
  const parts = [
    { name: 'worker', state: 'running', at: 0, restarts: 0 },
    { name: 'vectorizer', state: 'restarting', at: 0, restarts: 7, reason: 'exit code 1: no disk' },
    { name: 'qdrant', state: 'running', at: 0, restarts: 1, reason: 'signal SIGKILL' },
    { name: 'history', state: 'absent', at: 0, restarts: 0, reason: 'DATA_TOO_NEW' },
  ] as const;
  const lines = statusText({ ...aStatus(), parts }, { now: 60_000, columns: 80 })
    .split('\n')
    .filter((line) => /^(worker|vectorizer|qdrant|history) /.test(line));
  expect(lines).toEqual([
    expect.stringMatching(/^history +does not answer/),
    expect.stringMatching(
      /^vectorizer +restarting since .*\(1m 00s ago\), 7 restarts, the last because: exit code 1: no disk$/,
    ),
    expect.stringMatching(/^qdrant +running since .*, 1 restart, the last because: signal SIGKILL$/),
    expect.stringMatching(/^history +not started at .*, because: DATA_TOO_NEW$/),
  ]);
});

it('tells what search and history left out', () => {
  const latest = [{ seq: 8, subject: 'spec of task a', reason: 'INVALID_REQUEST: Vector\ndimension error' }];
  const text = statusText(
    { ...aStatus(), search: { ...NOTHING, setAside: { count: 3, latest } } },
    { now: 0, columns: 200 },
  );
  expect(text).toMatch(
    /^search .*, 3 left out, the last one at entry 8 \(spec of task a: INVALID_REQUEST: Vector dimension error\)$/m,
  );
});

it('reports search as not ready, rather than by words only, until the index is open', () => {
  const lineOf = (search: SearchStatus): string | undefined =>
    /^search .*$/m.exec(statusText({ ...aStatus(), search }, { now: 0, columns: 80 }))?.[0];
  const trouble = { code: 'VECTORS_UNAVAILABLE', message: 'Qdrant is away' } as const;
  expect(lineOf({ ...NOTHING, trouble })).toBe('search   not yet, VECTORS_UNAVAILABLE: Qdrant is away');
  expect(lineOf(NOTHING)).toBe('search   by words only, up to date');
  expect(lineOf({ ...NOTHING, freshness: { seq: 4, lastSeq: 4, lagMs: 0 }, trouble })).toBe(
    'search   by words only, up to date, VECTORS_UNAVAILABLE: Qdrant is away',
  );
});

it('tells what the index takes of the memory, and how many collections are read from the disk', () => {
  const lineOf = (onDisk: readonly string[]): string | undefined => {
    const memory = { bytes: 3 * 1_048_576, limitBytes: 8 * 1_048_576, points: 1_000, onDisk };
    const text = statusText({ ...aStatus(), search: { ...NOTHING, memory } }, { now: 0, columns: 80 });
    return /^search .*$/m.exec(text)?.[0];
  };
  const held = 'search   by words only, up to date, 3.0 MiB of 8.0 MiB in memory';
  expect(lineOf([])).toBe(held);
  expect(lineOf(['a'])).toBe(`${held}, 1 collection on disk`);
});
