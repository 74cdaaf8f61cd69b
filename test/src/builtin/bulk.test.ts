import type { BulkPiece, BulkPieceReply } from '@precedent/contract-types';
import { bulkPieceText, bulkPiecesOf } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';
import { afterEach, expect, it } from 'vitest';
import { aWorld, runPreempted } from './world.ts';
import type { World } from './world.ts';

const SET = '2f1c7c1e-5d0f-4b7e-9d53-0a7f3d8e2b11';
const IDS = Array.from({ length: 1_203 }, (_, n) => `t${n}`);
const PAYLOAD = {
  action: 'cancel',
  set: SET,
  total: IDS.length,
  pieces: bulkPiecesOf(IDS).map((ids) => sha256(bulkPieceText(ids))),
};

let open: World | undefined;
afterEach(() => open?.[Symbol.dispose]());

/** A world with a stored set, and an engine that answers as `reply` says. */
const aSet = async (
  reply: (piece: BulkPiece) => BulkPieceReply = ({ ids }) => ({ done: ids.length, already: 0, refused: [] }),
) => {
  const pieces: BulkPiece[] = [];
  const actOn = async (piece: BulkPiece): Promise<BulkPieceReply> => {
    pieces.push(piece);
    return reply(piece);
  };
  const world = (open = aWorld({ actOn }));
  await world.objects.put(SET, Buffer.from(JSON.stringify({ ids: IDS })));
  return { world, pieces, run: () => world.run('system.bulk', PAYLOAD) };
};

it('system.bulk sends every piece of its set once, and counts what came of it', async () => {
  const { world, pieces, run } = await aSet(({ index, ids }) => ({
    done: ids.length - 2,
    already: 1,
    refused: [index === 0 ? { code: 'TASK_NOT_FOUND' } : { code: 'FORBIDDEN', id: ids[0] ?? '' }],
  }));
  expect(await run()).toEqual({
    action: 'cancel',
    total: 1_203,
    done: 1_197,
    already: 3,
    refused: { TASK_NOT_FOUND: 1, FORBIDDEN: 2 },
    refusals: [
      { code: 'TASK_NOT_FOUND' },
      { code: 'FORBIDDEN', id: 't500' },
      { code: 'FORBIDDEN', id: 't1000' },
    ],
  });
  expect(pieces.map(({ index, ids }) => [index, ids.length])).toEqual([
    [0, 500],
    [1, 500],
    [2, 203],
  ]);
  expect(pieces.flatMap(({ ids }) => ids)).toEqual(IDS);
  expect(await world.objects.list('')).toEqual([]);
});

it('system.bulk yields between two pieces, and goes on behind the last one', async () => {
  const { world, pieces } = await aSet();
  const task = { type: 'system.bulk', payload: PAYLOAD } as const;
  const { result, yields } = await runPreempted(world, task, [1, 1, 1]);
  expect(yields).toBe(3);
  expect(pieces.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(result).toMatchObject({ total: 1_203, done: 1_203 });
});

it('system.bulk reports how many tasks it has acted on', async () => {
  const { world } = await aSet();
  const attempt = world.start('system.bulk', PAYLOAD);
  await attempt.run();
  expect(attempt.messages).toEqual(['500 of 1203 tasks', '1000 of 1203 tasks', '1203 of 1203 tasks']);
  expect(attempt.checkpoints).toHaveLength(3);
});

it('system.bulk ends as the engine refuses a piece, and when its set is gone or another one', async () => {
  const { world, run } = await aSet(() => {
    throw new AppError('UNAUTHENTICATED', 'the credential is not valid any more');
  });
  await expect(run()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await world.objects.put(SET, Buffer.from(JSON.stringify({ ids: ['t1'] })));
  await expect(run()).rejects.toMatchObject({ code: 'INTEGRITY_FAILED' });
  await world.objects.remove(SET);
  await expect(run()).rejects.toMatchObject({ code: 'INTEGRITY_FAILED' });
});

const RETRY = { ...PAYLOAD, action: 'retry' };

/** An engine that runs tasks again, of which those end as failed whose index says so. */
const aRedrive = async (run: object, isFailed: (index: number) => boolean, openAtFirst = 0) => {
  let open = openAtFirst;
  const set = await aSet(({ index, ids, part = [0, ids.length], verdicts }) => {
    const [from, to] = part;
    if (verdicts === undefined) return { done: to - from, already: 0, refused: [] };
    if (open-- > 0) return { done: 0, already: 0, refused: [], verdicts: { ended: 0, failed: 0, open: 1 } };
    const failed = ids.slice(from, to).filter((_, n) => isFailed(index * 500 + from + n)).length;
    const mended = { task: 't0', by: 'r0' };
    const verdictsOf = { ended: to - from, failed, open: 0, ...(failed < to - from && { mended }) };
    return { done: 0, already: 0, refused: [], verdicts: verdictsOf };
  });
  return { ...set, run: () => set.world.run('system.bulk', { ...RETRY, run }) };
};

const partsOf = (pieces: readonly BulkPiece[]) =>
  pieces.map(({ index, part, verdicts = 'act' }) => [verdicts, index, ...(part ?? [])]);

it('system.bulk runs the first ones again, waits for their verdicts, and goes on when few have failed', async () => {
  const { pieces, run } = await aRedrive({ first: 10 }, (index) => index === 3, 2);
  expect(await run()).toMatchObject({ total: 1_203, done: 1_203, mended: { task: 't0', by: 'r0' } });
  expect(partsOf(pieces).slice(0, 5)).toEqual([
    ['act', 0, 0, 10],
    ['wait', 0, 0, 10],
    ['wait', 0, 0, 10],
    ['wait', 0, 0, 10],
    ['act', 0, 10, 500],
  ]);
});

it('system.bulk stops itself when too many of the first ones have failed, and says so', async () => {
  const { world, pieces } = await aRedrive({ first: 10, maxFailed: 0.2 }, (index) => index < 3);
  const attempt = world.start('system.bulk', { ...RETRY, run: { first: 10, maxFailed: 0.2 } });
  expect(await attempt.run()).toMatchObject({
    total: 1_203,
    done: 10,
    stopped: { ended: 10, failed: 3, maxFailed: 0.2, left: 1_193 },
  });
  expect(attempt.messages.at(-1)).toBe('stopped itself: 3 of 10 failed, and 20 % may; 1193 are left alone');
  expect(partsOf(pieces)).toEqual([
    ['act', 0, 0, 10],
    ['wait', 0, 0, 10],
  ]);
  expect(await world.objects.list('')).toEqual([]);
});

it('system.bulk stops itself later, too, when those after the first ones fail', async () => {
  const { run } = await aRedrive({ first: 10 }, (index) => index >= 100);
  expect(await run()).toMatchObject({ stopped: { ended: 500, failed: 400, maxFailed: 0.1, left: 703 } });
});
