import { taskIdSchema } from '@precedent/contracts';
import { describe, expect, it } from 'vitest';
import { derivedIds } from './derived-id.ts';
import type { TaskPosition } from './derived-id.ts';

const LEASE_PATH_LENGTH: TaskPosition = { seq: 7, at: 1_790_000_000_000, index: 0, role: 'task' };

describe('the derived id of a task of the stream ingress', () => {
  it('is the same each time that the same position is read', () => {
    const id = derivedIds('PRECEDENT_TASKS 2026-01-01')(LEASE_PATH_LENGTH);
    expect(id).toBe(derivedIds('PRECEDENT_TASKS 2026-01-01')(LEASE_PATH_LENGTH));
    expect(id).toBe('01M3250V00D5ZEGTW2SN33X915');
    expect(taskIdSchema.safeParse(id).success).toBe(true);
  });

  it('differs by stream, sequence, index in the message, and role', () => {
    const derive = derivedIds('one');
    const ids = [
      derive(LEASE_PATH_LENGTH),
      derivedIds('other')(LEASE_PATH_LENGTH),
      derive({ ...LEASE_PATH_LENGTH, seq: 8 }),
      derive({ ...LEASE_PATH_LENGTH, index: 1 }),
      derive({ ...LEASE_PATH_LENGTH, role: 'refusal' }),
    ];
    expect(new Set(ids).size).toBe(5);
  });

  it('sorts by the time of the message', () => {
    const derive = derivedIds('one');
    expect(
      derive({ ...LEASE_PATH_LENGTH, seq: 9, at: LEASE_PATH_LENGTH.at + 1 }) > derive(LEASE_PATH_LENGTH),
    ).toBe(true);
  });
});
