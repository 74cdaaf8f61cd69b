import fc from 'fast-check';
import { ulids } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { idProblem } from './task-ids.ts';

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);

describe('the id that a caller chooses for a task', () => {
  it('may be a ULID or a random UUID', () => {
    expect(idProblem('acme', ulids(Math.random)(1_790_000_000_000))).toBeUndefined();
    expect(idProblem('acme', 'f81d4fae-7dec-4d0a-a765-00a0c91e6bf6')).toBeUndefined();
  });

  it('may begin with the namespace', () => {
    expect(idProblem('acme', 'acme--nightly-build')).toBeUndefined();
  });

  it('may be no other one, and the refusal says what to do', () => {
    for (const id of [
      'nightly',
      'acme-nightly',
      'acme--',
      'acme---x',
      'beta--x',
      'f81d4fae-7dec-1d0a-a765-00a0c91e6bf6',
    ])
      expect(idProblem('acme', id)).toMatchObject({ code: 'INVALID_TASK', issues: [{ field: 'id' }] });
    expect(idProblem('acme', 'nightly')?.message).toContain('idempotencyKey');
  });

  it('is never one that two namespaces may choose', () => {
    fc.assert(
      fc.property(token, token, token, (one, other, rest) => {
        fc.pre(one !== other);
        const id = `${one}--${rest}`;
        const isForBoth = idProblem(one, id) === undefined && idProblem(other, id) === undefined;
        expect(isForBoth).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never one that two namespaces may choose, also when one is the beginning of the other', () => {
    fc.assert(
      fc.property(
        token,
        fc.stringMatching(/^[-a]{1,4}$/),
        fc.stringMatching(/^[-a]{0,6}$/),
        (one, more, rest) => {
          const id = `${one}${more}--${rest}`;
          const isForBoth = idProblem(one, id) === undefined && idProblem(one + more, id) === undefined;
          expect(isForBoth).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
