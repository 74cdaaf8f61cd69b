import { memoryLog } from '@precedent/memory';
import { natsLog } from '@precedent/nats';
import type { ErasableLog } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { natsWorlds } from './nats-world.ts';

const aWorld = natsWorlds();

const onNats = async (): Promise<ErasableLog> => {
  const { nc, streams, subjects } = await aWorld();
  return natsLog({ nc, stream: streams.memory, subject: subjects.memory, hasHoles: true });
};

describe.each<[string, () => Promise<ErasableLog>]>([
  ['in memory', async () => memoryLog()],
  ['on NATS JetStream', onNats],
])('a log %s of which entries are erased', (_, open) => {
  const textsOf = async (log: ErasableLog, after = 0): Promise<string[]> => {
    const texts: string[] = [];
    for await (const { seq, text } of log.read(after)) texts.push(`${seq} ${text}`);
    return texts;
  };

  it('returns the remaining entries wherever the gaps are, and appends after them', async () => {
    const log = await open();
    for (const [before, text] of ['a', 'b', 'c', 'd', 'e'].entries()) await log.append(text, before);
    await log.erase(3);
    expect(await textsOf(log)).toEqual(['1 a', '2 b', '4 d', '5 e']);
    await log.erase(1);
    await log.erase(5);
    expect([await textsOf(log), await textsOf(log, 2), await textsOf(log, 4)]).toEqual([
      ['2 b', '4 d'],
      ['4 d'],
      [],
    ]);
    expect(await log.last()).toBe(5);
    expect(await log.append('f', 5)).toBe(6);
    expect(await textsOf(log)).toEqual(['2 b', '4 d', '6 f']);
  });

  it('erases an entry once, and ignores the second time', async () => {
    const log = await open();
    await log.append('a', 0);
    await log.erase(1);
    await log.erase(1);
    expect(await textsOf(log)).toEqual([]);
  });
});
