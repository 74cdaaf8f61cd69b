import { textSeal } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { liveSecrets, madeSecret, openedSecrets, rotatedSecrets } from './secrets.ts';
import { signatureHeaders } from './signature.ts';

const SEAL = textSeal('a secret of more than 32 characters', 'webhook');

describe('the secrets of a webhook', () => {
  it('are opened by a gateway with the same secret only, and for their webhook only', () => {
    const { secret, stored } = madeSecret(SEAL, 'w', 1);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(JSON.stringify(stored)).not.toContain(secret.slice(6, 20));
    expect(openedSecrets(SEAL, { id: 'w', secrets: [stored] }, 2)).toEqual([secret]);
    const unopened = expect.objectContaining({ code: 'INVALID_CONFIG', retryable: true });
    expect(() => openedSecrets(SEAL, { id: 'v', secrets: [stored] }, 2)).toThrow(unopened);
    const other = textSeal('another secret, also 32 characters', 'webhook');
    expect(() => openedSecrets(other, { id: 'w', secrets: [stored] }, 2)).toThrow(unopened);
  });

  it('are two after a rotation, and one when that before has ended', () => {
    const [first, second, third] = [10, 20, 25].map((at) => madeSecret(SEAL, 'w', at).stored);
    if (!first || !second || !third) throw new Error('three secrets');
    const rotated = rotatedSecrets([first], second, 100);
    expect(rotated).toEqual([second, { ...first, expiresAt: 120 }]);
    expect(liveSecrets(rotated, 119)).toHaveLength(2);
    expect(liveSecrets(rotated, 120)).toEqual([second]);
    expect(rotatedSecrets(rotated, third, 1_000)).toEqual([third, { ...second, expiresAt: 1_025 }]);
    expect(rotatedSecrets(rotated, third, 0)).toEqual([third]);
  });

  it('end no later for a second rotation', () => {
    const [first, second] = [10, 20].map((at) => madeSecret(SEAL, 'w', at).stored);
    if (!first || !second) throw new Error('two secrets');
    expect(rotatedSecrets([{ ...first, expiresAt: 50 }], second, 100)).toEqual([
      second,
      { ...first, expiresAt: 50 },
    ]);
  });
});

describe('the headers of a message', () => {
  // Of the reference: https://github.com/standard-webhooks/standard-webhooks
  it('are those of Standard Webhooks', () => {
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at: 1_614_265_330_999,
      body: '{"test": 2432232314}',
    };
    expect(signatureHeaders({ ...message, secrets })).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });
});
