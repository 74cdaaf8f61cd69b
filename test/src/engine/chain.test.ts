import { createHash } from 'node:crypto';
import { checkJournal } from '@precedent/engine';
import { isAppError } from '@precedent/kernel';
import { readEnvelope } from '@precedent/tasks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aBusyCell } from './busy.ts';
import { CopiedLog } from './copied-log.ts';
import { JOURNAL } from './options.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';
import { plainState } from './plain-state.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
const OFTEN = { ...JOURNAL, snapshotEvery: 1, retentionMs: 3_600_000 };

/** The entries that engines appended, with what each names and is named by. */
const links = (w: World) =>
  w.journal.entries
    .filter(({ isVoid }) => !isVoid)
    .map((entry) => {
      const { prev, epoch } = readEnvelope(entry);
      const sum = /,"sum":"([\w-]{43})"}$/.exec(entry.text)?.[1];
      const isWhole = sum === sha256(entry.text.replace(/,"sum":"[\w-]{43}"}$/, ''));
      return { seq: entry.seq, epoch, prev, sum, isWhole };
    });

const expectChain = (w: World): void => {
  const entries = links(w);
  expect(entries.every(({ isWhole }) => isWhole)).toBe(true);
  expect(entries.map(({ prev }) => prev)).toEqual(['', ...entries.slice(0, -1).map(({ sum }) => sum)]);
};

const check = (w: World) =>
  checkJournal({
    journal: new CopiedLog(w.journal),
    snapshots: new CopiedLog(w.snapshots),
    declaredVoid: new Set(),
  });

describe('the chain of journal entries', () => {
  it('holds each entry, with two in flight and several engines one after the other', async () => {
    const w = await aBusyCell();
    w.crash(1);
    await w.restart();
    await w.submit(aTask());
    w.crash();
    await w.restart();
    await w.submit(aTask());
    expect(links(w).length).toBeGreaterThan(20);
    expectChain(w);
    expect((await check(w)).findings).toEqual([]);
  });

  it('goes on behind a snapshot that no entry follows', async () => {
    const w = await world({ journal: { ...OFTEN, retentionMs: 0 } });
    await w.submit(aTask());
    const taken = w.engine.cell?.snapshots.take();
    await w.advance(1_000);
    await taken;
    w.crash();
    await w.restart();
    await w.submit(aTask());
    const [first, ...rest] = links(w);
    expect(rest.map(({ prev }) => prev)).toEqual([first, ...rest].slice(0, -1).map((one) => one?.sum));
  });

  it('goes on behind what another client publishes', async () => {
    const w = await world();
    await w.submit(aTask());
    w.journal.appendForeign('hello', w.now);
    w.send((api, reply) => api.tasks.submit([{ task: aTask() }], reply));
    await w.advance(5_000);
    await w.submit(aTask());
    expectChain(w);
    expect(await check(w)).toMatchObject({ foreign: 1, findings: [{ kind: 'foreign' }] });
  });

  it('begins behind the last entry of an older version', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a' }));
    w.crash();
    for (const { seq, text } of w.journal.entries)
      w.journal.damage(seq, text.replace(/,"prev":"[\w-]*"/, '').replace(/,"sum":"[\w-]{43}"}$/, '}'));
    const older = [...w.journal.entries];
    await w.restart();
    expect(await w.stateOf('a')).toBe('queued');
    const next = links(w)[older.length];
    expect(next?.prev).toBe(sha256(older.at(-1)?.text ?? ''));
    expect((await check(w)).findings).toEqual([]);
  });
});

/** Entry `seq` is put in the place of another one by somebody who writes sequences as they please. */
const texts = (w: World): string[] => w.journal.entries.map(({ text }) => text);
const rewrite = (w: World, after: readonly string[]): void => {
  for (const [index, text] of after.entries()) w.journal.damage(index + 1, text);
};

describe('a journal that was changed', () => {
  it('is refused at the entry with the bit that was flipped, whichever that is', async () => {
    const w = await aBusyCell();
    w.crash();
    const all = texts(w);
    const whole = await check(w);
    expect(whole.findings).toEqual([]);
    await fc.assert(
      fc.asyncProperty(fc.nat(all.length - 1), fc.nat(), fc.nat(6), async (index, at, bit) => {
        const text = all[index] ?? '';
        const bytes = Buffer.from(text);
        const place = at % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place);
        w.journal.damage(index + 1, bytes.toString());
        const [first] = (await check(w)).findings;
        expect(first).toMatchObject({ kind: 'unreadable', seq: index + 1 });
        const error: unknown = await w.rebuilt('journal').catch((reason: unknown) => reason);
        expect(isAppError(error) && error.extras.details).toEqual({ seq: index + 1 });
        w.journal.damage(index + 1, text);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused where two entries changed places, or one is that of another journal', async () => {
    const w = await aBusyCell();
    w.crash();
    const all = texts(w);
    const other = await world();
    await other.submit(aTask());
    const [a = '', b = '', ...more] = all;
    const swapped = [...all.slice(0, 5), all[6] ?? '', all[5] ?? '', ...all.slice(7)];
    rewrite(w, swapped);
    expect((await check(w)).findings[0]).toMatchObject({ seq: 6, kind: 'unreadable' });
    rewrite(w, [a, b, texts(other).at(-1) ?? '', ...more.slice(1)]);
    expect((await check(w)).findings[0]).toMatchObject({ seq: 4, kind: 'unreadable' });
    rewrite(w, [...all.slice(0, 3), ...all.slice(4)]);
    expect((await check(w)).findings[0]).toMatchObject({ seq: 4, kind: 'unreadable' });
    const unsealed = (all[5] ?? '').replace(/,"prev":"[\w-]*"/, '').replace(/,"sum":"[\w-]{43}"}$/, '}');
    rewrite(w, [...all.slice(0, 5), unsealed, ...all.slice(6)]);
    expect((await check(w)).findings[0]).toMatchObject({ seq: 6, kind: 'unreadable' });
    rewrite(w, all);
    expect((await check(w)).findings).toEqual([]);
  });

  it('is used again when the entry is given up', async () => {
    const w = await aBusyCell();
    w.crash();
    const [entry] = w.journal.entries.slice(5);
    const declaredVoid = new Set([entry?.seq ?? 0]);
    w.journal.erase(entry?.seq ?? 0);
    const logs = { journal: new CopiedLog(w.journal), snapshots: new CopiedLog(w.snapshots) };
    expect((await checkJournal({ ...logs, declaredVoid })).findings).toEqual([]);
  });
});

describe('a snapshot with a flipped bit', () => {
  it('is not used', async () => {
    const w = await aBusyCell({ journal: OFTEN });
    expect(w.snapshots.entries.length).toBeGreaterThan(3);
    const before = w.memory();
    w.crash();
    const entries = [...w.snapshots.entries];
    for (const { seq, text } of entries) {
      w.snapshots.damage(seq, text.replace(/"(?=[^"]*$)/, "'").replace('"v":3', '"v":2'));
      const from = await w.rebuilt('snapshot');
      expect(plainState(from)).toEqual(before);
      w.snapshots.damage(seq, text);
    }
    expect((await check(w)).snapshotProblem).toBeUndefined();
  });
});
