import { signedText } from '@precedent/contract-types';
import type { Signer } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { signatureProblem, storedSignatureFault } from './signatures.ts';
import type { SignedSubmission, StoredSignature } from './signatures.ts';

const ANN: Signer = { id: 'key', principal: 'ann', createdAt: 1 };

/** In place of Ed25519. */
const isSignedBy = (key: string, text: string, value: string): boolean => value === `${key} ${text}`;

const VALUE = `key ${signedText('t1', 'digest')}`;

describe('the signature of a submission', () => {
  const problem = (more: Partial<SignedSubmission> = {}, signer: Signer | undefined = ANN) =>
    signatureProblem(
      { id: 't1', principal: 'ann', digest: 'digest', signature: { key: 'key', value: VALUE }, ...more },
      (id) => (id === 'key' ? signer : undefined),
      isSignedBy,
    );

  it('holds for the id and the digest that its key signed, when the key is of the submitter', () => {
    expect(problem()).toBeUndefined();
  });

  it.each([
    ['no_principal', { principal: undefined }],
    ['no_id', { id: undefined }],
    ['unknown_key', { signature: { key: 'other', value: VALUE } }],
    ['unknown_key', { principal: 'bob' }],
    ['text_differs', { id: 't2' }],
    ['text_differs', { digest: 'another' }],
    ['text_differs', { signature: { key: 'key', value: 'forged' } }],
  ])('does not hold, with the reason %s: %j', (reason, more) => {
    expect(problem(more)).toMatchObject({ code: 'SIGNATURE_INVALID', details: { reason } });
  });

  it('does not say whether a key is unknown or of another principal', () => {
    const unknown = problem({ signature: { key: 'other', value: VALUE } });
    const foreign = problem({ principal: 'bob' });
    const plain = (message = '') => message.replace(/ann|bob/, 'X').replace(/other|key(?= to)/, 'K');
    expect(plain(foreign?.message)).toBe(plain(unknown?.message));
  });

  it('does not hold from when its key was removed', () => {
    expect(problem({}, { ...ANN, removedAt: 0 })).toMatchObject({
      message: 'the key key of ann was removed at 1970-01-01T00:00:00.000Z',
      details: { reason: 'removed_key' },
    });
  });
});

describe('the signature of a stored task', () => {
  const fault = (more: Partial<StoredSignature> = {}, signer: Signer | undefined = ANN) =>
    storedSignatureFault(
      { id: 't1', at: 100_000, principal: 'ann', key: 'key', digest: 'digest', value: VALUE, ...more },
      signer,
      isSignedBy,
    );

  it('holds, also with a key that was removed since', () => {
    expect(fault()).toBeUndefined();
    expect(fault({}, { ...ANN, removedAt: 40_000 })).toBeUndefined();
  });

  it.each([
    [{ value: undefined }, 'a part of its signature is missing'],
    [{ key: undefined }, 'a part of its signature is missing'],
    [{ digest: undefined }, 'its signature is not of the key key'],
    [{ digest: 'another' }, 'its signature is not of the key key'],
    [{ id: 't2' }, 'its signature is not of the key key'],
    [{ principal: 'bob' }, 'it is signed with key, which is no key of its submitter'],
  ])('does not hold with %j', (more, message) => {
    expect(fault(more)).toBe(message);
  });

  it('does not hold with an unknown key, and with one that was removed a minute before', () => {
    expect(
      storedSignatureFault(
        { id: 't1', at: 1, principal: 'ann', key: 'key', digest: 'digest', value: VALUE },
        undefined,
        isSignedBy,
      ),
    ).toBe('it is signed with key, which is no key of any principal');
    expect(fault({}, { ...ANN, removedAt: 39_999 })).toBe(
      'it is signed with key, which was removed before, at 1970-01-01T00:00:39.999Z',
    );
  });
});
