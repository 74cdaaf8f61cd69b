import { taskIdSchema } from '@precedent/contracts';
import { describe, expect, it } from 'vitest';
import { derivedIds } from './derived-id.ts';
import type { Place } from './derived-id.ts';

const PLACE: Place = { seq: 7, at: 1_790_000_000_000, index: 0, role: 'task' };

describe('the derived id of a dropped task', () => {
  it('is the same whenever the same place is read', () => {
    const id = derivedIds('PRECEDENT_TASKS 2026-01-01')(PLACE);
    expect(id).toBe(derivedIds('PRECEDENT_TASKS 2026-01-01')(PLACE));
    expect(id).toBe('01M3250V00D5ZEGTW2SN33X915');
    expect(taskIdSchema.safeParse(id).success).toBe(true);
  });

  it('differs by stream, sequence, place in the message, and role', () => {
    const derive = derivedIds('one');
    const ids = [
      derive(PLACE),
      derivedIds('other')(PLACE),
      derive({ ...PLACE, seq: 8 }),
      derive({ ...PLACE, index: 1 }),
      derive({ ...PLACE, role: 'refusal' }),
    ];
    expect(new Set(ids).size).toBe(5);
  });

  it('sorts by the time of the message', () => {
    const derive = derivedIds('one');
    expect(derive({ ...PLACE, seq: 9, at: PLACE.at + 1 }) > derive(PLACE)).toBe(true);
  });
});
