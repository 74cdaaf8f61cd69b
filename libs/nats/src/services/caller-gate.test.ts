import { AppError } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { decidedNow } from './caller-gate.ts';

const setup = (code: ErrorCode, reads: () => Promise<void> = () => Promise.resolve()) => {
  const seen: string[] = [];
  let isGranted = false;
  const refresh = async (): Promise<void> => {
    seen.push('read');
    await reads();
    isGranted = true;
  };
  const decide = (): string => {
    seen.push('decide');
    if (isGranted) return 'allowed';
    throw new AppError(code, 'not yet');
  };
  return { seen, decision: decidedNow({ refresh }, decide) };
};

describe('a decision about a caller', () => {
  it.each(['UNAUTHENTICATED', 'FORBIDDEN'] as const)('is made again on what is stored: %s', async (code) => {
    const { seen, decision } = setup(code);
    expect(await decision).toBe('allowed');
    expect(seen).toEqual(['decide', 'read', 'decide']);
  });

  it('stays a refusal where nothing can be read', async () => {
    const { decision } = setup('FORBIDDEN', () => Promise.reject(new Error('away')));
    await expect(decision).rejects.toThrow('not yet');
  });

  it('reads nothing for other errors', async () => {
    const { seen, decision } = setup('INVALID_REQUEST');
    await expect(decision).rejects.toThrow('not yet');
    expect(seen).toEqual(['decide']);
  });
});
