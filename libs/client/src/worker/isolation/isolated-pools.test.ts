import { describe, expect, it } from 'vitest';
import type { ScriptedGuests } from '../../testing/scripted-guests.ts';
import { scriptedGuests } from '../../testing/scripted-guests.ts';
import type { InterruptibleContext } from '../attempts/interruption.ts';
import type { Job } from '../handler.ts';
import { IsolatedPools } from './isolated-pools.ts';

const context = { resume: undefined, listen: () => undefined } as unknown as InterruptibleContext;
const job = { id: 'a' } as Job;

const opened = async (
  attempts: number,
  all: Readonly<Record<string, { guests: ScriptedGuests; warm: number }>>,
) => {
  const pools = new IsolatedPools({ attempts, logBytes: 10 });
  const handlers = Object.entries(all).map(([type, { guests, warm }]) =>
    pools.handlerOf(type, guests.handler({ warm })),
  );
  const open = pools.open();
  for (const { guests } of Object.values(all)) guests.all[0]?.load();
  await open;
  return { pools, handlers };
};

const live = ({ all }: ScriptedGuests): number => all.filter(({ isTerminated }) => !isTerminated).length;

describe('the pools of a worker', () => {
  it('leave a plain handler as it is', () => {
    const pools = new IsolatedPools({ attempts: 1, logBytes: 10 });
    const plain = () => Promise.resolve();
    expect(pools.handlerOf('plain', plain)).toBe(plain);
    expect(pools.areNeeded).toBe(false);
  });

  it('keep no more guests warm than the worker runs attempts', async () => {
    const guests = scriptedGuests();
    await opened(2, { a: { guests, warm: 50 } });
    expect(guests.all).toHaveLength(2);
  });

  it('end a guest that waits above the warm ones when another type needs one', async () => {
    const [a, b] = [scriptedGuests(), scriptedGuests()];
    const { handlers } = await opened(2, { a: { guests: a, warm: 0 }, b: { guests: b, warm: 1 } });
    const runB = handlers[1] ?? (() => Promise.reject(new Error('no handler')));
    expect([live(a), live(b)]).toEqual([1, 1]);
    const runs = [runB(job, context), runB(job, context)];
    expect([live(a), live(b)]).toEqual([0, 2]);
    for (const guest of b.all) guest.received({ kind: 'returned', run: 1 });
    await Promise.all(runs);
  });

  it('end all guests when they are closed', async () => {
    const [a, b] = [scriptedGuests(), scriptedGuests()];
    const { pools } = await opened(4, { a: { guests: a, warm: 2 }, b: { guests: b, warm: 1 } });
    await pools.close();
    expect([live(a), live(b)]).toEqual([0, 0]);
  });
});
