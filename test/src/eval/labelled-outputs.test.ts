import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { laterOutputs, mergedOutputs, outputSetOf, ownOutputs, readOutputs } from './labelled-outputs.ts';
import type { OutputSet } from './labelled-outputs.ts';

const countsOf = (values: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));

const failure = {
  id: 'f',
  kind: 'failure',
  name: 'build',
  project: 'web',
  exit: 2,
  stderr: 'E1',
  group: 'e1',
};
const fix = { id: 'r', kind: 'resolution', outcome: 'set X', group: 'e1', exit: null, stderr: '' };
const ok = { id: 'o', kind: 'ok', name: 'build', project: 'web', exit: 0, stderr: 'done', group: '' };
const query = { id: 'q', text: 'what is E1', kind: 'exact', relevant: ['f'] };
const setup = (change: object = {}): unknown => ({ docs: [failure, fix, ok], queries: [query], ...change });

const causesOf = ({ docs }: OutputSet): ReadonlySet<string | undefined> =>
  new Set(docs.filter(({ kind }) => kind === 'failure').map(({ group }) => group));

describe('the labelled outputs of this repository', () => {
  it('have so many causes, failures, queries by kind and pairs', () => {
    const { docs, queries, pairs } = ownOutputs();
    expect(causesOf({ docs, queries, pairs }).size).toBe(155);
    expect(countsOf(docs.map(({ kind }) => kind))).toEqual({ failure: 582, ok: 55, resolution: 52 });
    expect(countsOf(queries.map(({ kind }) => kind))).toEqual({
      paraphrase: 76,
      exact: 34,
      fix: 21,
      symptom: 24,
      filtered: 12,
      typo: 12,
      noisy: 12,
      negative: 31,
    });
    expect(countsOf(pairs.map(({ label }) => label))).toEqual({ rerun: 193, reworded: 155, near_miss: 163 });
  });

  it('have a later half of other causes', () => {
    const { docs, queries, pairs } = laterOutputs();
    const [first, later] = [causesOf(ownOutputs()), causesOf({ docs, queries, pairs })];
    expect([...later].filter((cause) => first.has(cause))).toEqual([]);
    expect(later.size).toBe(75);
    expect(countsOf(docs.map(({ kind }) => kind))).toEqual({ failure: 225, ok: 24, resolution: 27 });
    expect(countsOf(queries.map(({ kind }) => kind))).toEqual({
      paraphrase: 39,
      exact: 15,
      fix: 12,
      symptom: 12,
      filtered: 6,
      typo: 6,
      noisy: 6,
      negative: 15,
    });
    expect(countsOf(pairs.map(({ label }) => label))).toEqual({ rerun: 75, reworded: 75, near_miss: 75 });
  });

  it.each([
    ['first', ownOutputs()],
    ['later', laterOutputs()],
  ])('have pairs with the label that their causes have, and no output twice: the %s half', (_, half) => {
    const { docs, pairs } = half;
    const groups = new Map(docs.map(({ id, group }) => [id, group]));
    for (const { a, b, label } of pairs)
      expect([a, b, groups.get(a) === groups.get(b)]).toEqual([a, b, label !== 'near_miss']);
    expect(new Set(docs.map(({ stderr }) => stderr)).size).toBe(docs.length);
  });
});

describe('outputSetOf', () => {
  it('reads a set without pairs, and leaves out what is empty', () => {
    const { docs, pairs } = outputSetOf(setup());
    expect(pairs).toEqual([]);
    expect(docs[2]).toEqual({
      id: 'o',
      kind: 'ok',
      name: 'build',
      project: 'web',
      exit: 0,
      stderr: 'done',
      at: 0,
    });
    expect(docs[1]).toMatchObject({ exit: 0 });
  });

  it.each([
    ['docs[0] ("f").exit: expected 1 to 255', { docs: [{ ...failure, exit: 0 }] }],
    ['docs[0] ("f").exit', { docs: [{ ...failure, exit: 256 }] }],
    ['docs[0] ("f").group: expected the name of the cause', { docs: [{ ...failure, group: null }] }],
    ['docs[0] ("f").kind', { docs: [{ ...failure, kind: 'fail' }] }],
    ['docs[0] ("f").at', { docs: [{ ...failure, at: '2026-13-01' }] }],
    ['docs[1] ("o").exit: expected 0', { docs: [failure, { ...ok, exit: 1 }] }],
    ['docs[1] ("r").exit: expected 0', { docs: [failure, { ...fix, exit: 1 }] }],
    ['docs[1] ("r").outcome: expected what was changed', { docs: [failure, { ...fix, outcome: '' }] }],
    ['docs ("r").group: there is no failure of "e2"', { docs: [failure, { ...fix, group: 'e2' }] }],
    ['docs ("f").id: it is there twice', { docs: [failure, failure] }],
    ['queries ("q").id: it is there twice', { queries: [query, query] }],
    ['queries ("q").relevant: there is no doc "x"', { queries: [{ ...query, relevant: ['x'] }] }],
    ['queries[0] ("q").relevant: expected ids', { queries: [{ ...query, relevant: [] }] }],
    ['queries[0] ("q").relevant: expected ids', { queries: [{ ...query, kind: 'negative' }] }],
    ['pairs[0].b: there is no failure "o"', { pairs: [{ a: 'f', b: 'o', label: 'same' }] }],
    ['pairs[0].label', { pairs: [{ a: 'f', b: 'f', label: 'near' }] }],
    ['docs: ', { docs: 'none' }],
  ])('refuses with the entry and its field: %s', (message, change) => {
    expect(() => outputSetOf(setup(change))).toThrow(message);
  });
});

describe('readOutputs', () => {
  it('names the file that it cannot read', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-outputs-'));
    try {
      const file = path.join(folder, 'set.json');
      writeFileSync(file, JSON.stringify(setup({ docs: [{ ...failure, exit: 0 }] })));
      expect(() => readOutputs(file)).toThrow(`${file}: docs[0] ("f").exit`);
      writeFileSync(file, '{');
      expect(() => readOutputs(file)).toThrow(`${file}: `);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('mergedOutputs', () => {
  const other = outputSetOf({
    docs: [
      { ...failure, id: 'f2' },
      { ...fix, id: 'r2' },
      { ...failure, id: 'g', group: 'e2' },
    ],
    queries: [{ ...query, id: 'q2', relevant: ['g'] }],
  });
  const relevantOf = (change: object): readonly string[] | undefined =>
    mergedOutputs([outputSetOf(setup({ queries: [{ ...query, ...change }] })), other]).queries[0]?.relevant;

  it('takes the docs of another set as answers when they have the cause and kind of an answer', () => {
    expect(relevantOf({})).toEqual(['f', 'f2']);
    expect(relevantOf({ kind: 'fix', relevant: ['r'] })).toEqual(['r', 'r2']);
  });

  it('leaves a query about one project or task as it is', () => {
    expect(relevantOf({ kind: 'filtered' })).toEqual(['f']);
    expect(relevantOf({ kind: 'noisy' })).toEqual(['f']);
  });
});
