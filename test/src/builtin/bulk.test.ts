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
