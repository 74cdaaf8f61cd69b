import { createHash } from 'node:crypto';
import { verifyJournal } from '@precedent/engine';
import type { ReadState } from '@precedent/engine';
import type { LeaseStep } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { CopiedLog } from './copied-log.ts';
import { JOURNAL } from './options.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

const verify = (w: World, readState: ReadState = () => Promise.resolve(undefined)) =>
  verifyJournal(
    { journal: new CopiedLog(w.journal), snapshots: new CopiedLog(w.snapshots), declaredVoid: new Set() },
    { readState, signerOf: () => undefined },
  );

/** Changes the journal as an attacker does who computes its chain again, but not the digests. */
const forge = (w: World, change: (text: string) => string): void => {
  let prev = '';
  for (const { seq, text } of w.journal.entries) {
    const body = change(text)
      .replace(/,"prev":"[^"]*"/, `,"prev":"${prev}"`)
      .replace(/,"sum":"[^"]*"}$/, '');
    prev = sha256(body);
    w.journal.damage(seq, `${body},"sum":"${prev}"}`);
  }
};

const step = (seq: number, more: object): LeaseStep => ({
  kind: 'checkpoint',
  seq,
  hash: sha256Hex('{"done":1}'),
  version: '1',
  bytes: 10,
  ...more,
});

/** Tasks with and without a verdict, a deleted one, and two checkpoints, of which one is in the object store. */
const aVariedCell = async (): Promise<World> => {
  const w = await world({ journal: { ...JOURNAL, retentionMs: 3_600_000 } });
  const worker = await w.worker({ slots: 3 });
  await w.submit(
    ...['a', 'b', 'größe'].map((id) => aTask({ id: id === 'größe' ? 'c' : id, payload: { text: id } })),
  );
  await worker.complete('b');
  await w.delete('b');
  for (const one of [step(1, { state: { done: 1 } }), step(2, { ref: 'a/1/0' })])
    await w.ask((api, reply) => api.workers.recordStep(worker.session, ['a', 1], one, reply));
  const taken = w.engine.cell?.snapshots.take();
  await w.advance(1_000);
  await taken;
  return w;
};

describe('the verification of a journal', () => {
  it('finds nothing where nothing was changed, also where a task was deleted', async () => {
    const w = await aVariedCell();
    const read = (): Promise<Uint8Array> => Promise.resolve(Buffer.from('{"done":1}'));
    expect(await verify(w, read)).toMatchObject({
      tasks: 3,
      withoutDigest: 0,
      deletions: 1,
      checkpoints: 2,
      findings: [],
      journal: {
        last: w.journal.last,
        link: /"sum":"([^"]*)"/.exec(w.journal.entries.at(-1)?.text ?? '')?.[1],
      },
    });
    expect(await verify(w)).toMatchObject({ checkpoints: 1, findings: [] });
  });

  it('names the task and the byte of a submission that was changed together with the chain', async () => {
    const w = await aVariedCell();
    forge(w, (text) => text.replace('{"text":"größe"}', '{"text":"andere"}'));
    const entry = w.journal.entries.find(({ text }) => text.includes('andere'));
    const offset = Buffer.from(entry?.text ?? '').indexOf('{"kind":"submitted","id":"c"');
    expect((await verify(w)).findings).toMatchObject([{ in: 'journal', seq: entry?.seq, task: 'c', offset }]);
  });

  it('names the byte that is no JSON, and the task of a changed one without the chain', async () => {
    const w = await aVariedCell();
    const entry = w.journal.entries.find(({ text }) => text.includes('größe'));
    if (entry === undefined) throw new Error('no entry');
    const cut = entry.text.replace('{"text":"größe"}', '{"text" "größe"}');
    w.journal.damage(entry.seq, cut);
    const offset = Buffer.from(cut).indexOf('"größe"');
    expect((await verify(w)).findings[0]).toMatchObject({ seq: entry.seq, task: 'c', offset });
    w.journal.damage(entry.seq, entry.text.replace('größe', 'grösse'));
    expect((await verify(w)).findings).toMatchObject([
      { seq: entry.seq, task: 'c', message: expect.stringContaining('was changed') },
    ]);
  });

  it('names a checkpoint that was changed, in the journal, in a snapshot and in the object store', async () => {
    const w = await aVariedCell();
    const other = (): Promise<Uint8Array> => Promise.resolve(Buffer.from('{"done":2}'));
    const [stored] = (await verify(w, other)).findings;
    expect(stored).toMatchObject({ in: 'checkpoint', task: 'a', message: expect.stringContaining('a/1/0') });
    const refused = () => Promise.reject(new AppError('JOURNAL_CORRUPT', 'corrupt'));
    expect((await verify(w, refused)).findings).toHaveLength(1);
    await expect(verify(w, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    forge(w, (text) => text.replace('"state":{"done":1}', '"state":{"done":3}'));
    expect((await verify(w)).findings).toMatchObject([
      { in: 'checkpoint', task: 'a', seq: (stored?.seq ?? 0) - 1 },
    ]);
  });

  it('names a task that was changed in a snapshot', async () => {
    const w = await aVariedCell();
    const rows = w.snapshots.entries.find(({ text }) => text.includes('größe'));
    const text = (rows?.text ?? '').replace('größe', 'andere').replace(/,"sum":"[^"]*"}$/, '');
    w.snapshots.damage(rows?.seq ?? 0, `${text},"sum":"${sha256(text)}"}`);
    expect((await verify(w)).findings).toMatchObject([{ in: 'snapshot', seq: rows?.seq, task: 'c' }]);
  });

  it('counts submissions of older versions, which it cannot verify', async () => {
    const w = await aVariedCell();
    forge(w, (text) => text.replaceAll(/,"digest":"[^"]*"/g, ''));
    expect(await verify(w)).toMatchObject({ tasks: 0, withoutDigest: 3, findings: [] });
  });
});
