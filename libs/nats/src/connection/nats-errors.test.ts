import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { appendError, natsError, serverCodeOf } from './nats-errors.ts';

const wrongSequence = (last: number) => ({ err_code: 10071, description: `wrong last sequence: ${last}` });
const wrongMessage = { err_code: 10070, description: 'wrong last msg ID: other-3' };

describe('the refusal of an append', () => {
  it('is fencing when the log is longer than expected', () => {
    expect(appendError(wrongSequence(8), 7)).toMatchObject({
      code: 'JOURNAL_FENCED',
      message: 'expected last entry 7, it is 8',
    });
  });

  it('is no fencing when the log is shorter than expected', () => {
    expect(appendError(wrongSequence(6), 7).code).toBe('JOURNAL_UNAVAILABLE');
    expect(appendError(wrongSequence(0), 7).code).toBe('JOURNAL_UNAVAILABLE');
  });

  it('is fencing when the entry in front is not of this writer, unless that one failed for another reason', () => {
    expect(appendError(wrongMessage, 7).code).toBe('JOURNAL_FENCED');
    const before = new AppError('JOURNAL_UNAVAILABLE', 'no room');
    expect(appendError(wrongMessage, 7, before)).toBe(before);
  });

  it('leaves it unknown, for any other error, whether the entry landed', () => {
    const error = appendError({ err_code: 10077, description: 'maximum bytes exceeded' }, 7);
    expect(error).toMatchObject({
      code: 'JOURNAL_UNAVAILABLE',
      message: 'the server refused entry 8: maximum bytes exceeded',
    });
    expect(appendError({}, 7).code).toBe('JOURNAL_UNAVAILABLE');
  });
});

describe('the translation of errors', () => {
  it('keeps our own as they are', () => {
    const error = new AppError('INVALID_CONFIG', 'no');
    expect(natsError(error, 'JOURNAL_UNAVAILABLE', 'opening')).toBe(error);
  });

  it('translates error classes of the client into texts', () => {
    const cause = Object.assign(new Error('503'), { name: 'NoResponders' });
    const error = natsError(cause, 'JOURNAL_UNAVAILABLE', 'opening JOURNAL_main');
    expect(error.message).toBe('opening JOURNAL_main: no server answers: is JetStream enabled?');
    expect(error.cause).toBe(cause);
    expect(natsError('text', 'NATS_UNREACHABLE', 'asking').message).toBe('asking: text');
  });

  it('reads the number of the server only from its own errors', () => {
    expect(serverCodeOf(Object.assign(new Error(''), { name: 'StreamNotFoundError', code: 10059 }))).toBe(
      10059,
    );
    expect(serverCodeOf(Object.assign(new Error(''), { code: 'ECONNREFUSED' }))).toBeUndefined();
    expect(serverCodeOf('text')).toBeUndefined();
  });
});
