import { describe, expect, it } from 'vitest';
import { connectFailure, tlsFailure } from './tls.ts';

const failureOf = (code: string): Error => Object.assign(new Error(`read ${code}`), { code });
const timedOut = Object.assign(new Error('timeout'), { name: 'TimeoutError' });
const secure = { tls: { caFile: 'ca.pem' } };

/** Connects that end in these ways, one after the other. */
const ending = (...failures: readonly (Error | undefined)[]) => {
  const left = [...failures];
  const dial = async () => {
    const failure = left.shift();
    if (failure !== undefined) throw failure;
    return Promise.resolve({ close: () => Promise.resolve() });
  };
  return { dial, left };
};

describe('the reason of a first connect that failed', () => {
  it('is read on a connection that is not repeated, once more after each reset, and three times at most', async () => {
    const reset = failureOf('ECONNRESET');
    const alert = failureOf('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    expect(await connectFailure(timedOut, secure, ending(reset, reset, alert).dial)).toBe(alert);
    expect(await connectFailure(timedOut, secure, ending(alert, reset).dial)).toBe(alert);
    const { dial, left } = ending(reset, reset, reset, alert);
    expect(await connectFailure(timedOut, secure, dial)).toBe(reset);
    expect(left).toEqual([alert]);
  });

  it('is the first failure where nothing is secure, where it says more than a timeout, or when the next connect works', async () => {
    const { dial, left } = ending(failureOf('ECONNRESET'));
    expect(await connectFailure(timedOut, {}, dial)).toBe(timedOut);
    const other = failureOf('ECONNREFUSED');
    expect(await connectFailure(other, secure, dial)).toBe(other);
    expect(left).toHaveLength(1);
    expect(await connectFailure(timedOut, secure, ending(undefined).dial)).toBe(timedOut);
  });
});

describe('the text of a TLS failure', () => {
  const key = 'nats.tls.ca';

  it('names what the server wants where the alert was lost to a reset', () => {
    const reset = failureOf('ECONNRESET');
    expect(tlsFailure(reset, key, { caFile: 'ca.pem' })).toBe(
      'the server ended the connection (read ECONNRESET): perhaps it requires a certificate of the client',
    );
    expect(tlsFailure(reset, key, { certFile: 'own.pem' })).toContain('perhaps it refuses own.pem');
    expect(tlsFailure(reset, key, undefined)).toBeUndefined();
  });

  it('is found in the causes of an error, and absent for errors of other kinds', () => {
    const wrapped = new Error('closed', { cause: failureOf('CERT_HAS_EXPIRED') });
    expect(tlsFailure(wrapped, key, {})).toBe("the server's certificate has expired");
    expect(tlsFailure(failureOf('ECONNREFUSED'), key, {})).toBeUndefined();
  });
});
