import { createHash } from 'node:crypto';
import type { AuditEntry, AuditMessage } from '@precedent/contract-types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChainCheck } from './chain-check.ts';
import type { ChainCheckOptions } from './chain-check.ts';
import { NO_MESSAGE, auditText } from './message.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const entryOf = (n: number): AuditEntry => ({
  at: n,
  service: 'engine',
  operation: 'task.cancel',
  decision: 'allowed',
  credential: 'k1',
  namespace: 'acme',
  targets: [`t${n}`],
});

/** A trail of so many messages; after each of `signed` comes one with a head of it. */
const chainOf = (count: number, signed: readonly number[] = []): AuditMessage[] => {
  const messages: AuditMessage[] = [];
  const add = (...entries: readonly AuditEntry[]): void => {
    const prev = sha256Of(messages.at(-1));
    messages.push({ seq: messages.length + 1, text: auditText({ prev, entries }) });
  };
  for (let n = 1; n <= count; n++) {
    add(entryOf(n));
    if (!signed.includes(n)) continue;
    const head = { seq: messages.length, sha256: sha256Of(messages.at(-1)) };
    add({ at: n, service: 'engine', head: { ...head, signature: 'good', publicKey: 'p' } });
  }
  return messages;
};

const sha256Of = (message: AuditMessage | undefined): string =>
  message === undefined ? NO_MESSAGE : sha256(message.text);

const verdictOn = (messages: readonly AuditMessage[], more: Partial<ChainCheckOptions> = {}) => {
  const check = new ChainCheck({ sha256, isSigned: ({ signature }) => signature === 'good', ...more });
  for (const message of messages) check.add(message);
  return check.verdict();
};

const flipped = (text: string, bit: number): string => {
  const bytes = Buffer.from(text);
  const at = (bit >> 3) % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
  return bytes.toString();
};

describe('the check of an audit trail', () => {
  it.each(['null', '{}', '{"seq":"1","sha256":"a","signature":"b","publicKey":"c"}'])(
    'names a message whose head is no head: %s',
    (head) => {
      const text = `{"v":1,"prev":"${NO_MESSAGE}","entries":[{"at":1,"service":"engine","head":${head}}]}`;
      const broken = { seq: 1, reason: 'it is no message of an audit trail' };
      expect(verdictOn([{ seq: 1, text }])).toMatchObject({ broken });
    },
  );

  it('accepts a chain, and reports what is in it', () => {
    const messages = chainOf(5, [3]);
    expect(verdictOn(messages)).toEqual({
      messages: 6,
      entries: 6,
      heads: 1,
      signedSeq: 3,
      publicKeys: ['p'],
      last: { seq: 6, sha256: sha256Of(messages.at(-1)) },
    });
    expect(verdictOn([])).toMatchObject({ messages: 0, last: { seq: 0 } });
  });

  it('names the message in which any bit was flipped', () => {
    const cases = fc.record({ at: fc.nat(7), bit: fc.nat(4_000) });
    fc.assert(
      fc.property(cases, ({ at, bit }) => {
        const messages = chainOf(9, [9]);
        const changed = messages.map((message, n) =>
          n === at ? { ...message, text: flipped(message.text, bit) } : message,
        );
        expect(verdictOn(changed).broken?.seq).toBe(at + 1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('names a changed message before the last one, and a missing one', () => {
    const [first, second, third] = chainOf(3) as [AuditMessage, AuditMessage, AuditMessage];
    const changed = { ...second, text: second.text.replace('t2', 't9') };
    expect(verdictOn([first, changed, third]).broken?.seq).toBe(2);
    expect(verdictOn([first, third]).broken).toEqual({ seq: 2, reason: 'it is missing' });
    expect(verdictOn([second, third]).broken?.seq).toBe(1);
    expect(verdictOn([{ ...second, seq: 1 }]).broken?.seq).toBe(1);
  });

  it('notices by the signature that the trail was written again from a message on', () => {
    const [original, other] = [chainOf(4, [4]), chainOf(5)];
    const forged = [...other.slice(0, 4), original[4] as AuditMessage];
    const relinked = { prev: sha256Of(forged[3]), entries: JSON.parse(forged[4]?.text ?? '').entries };
    forged[3] = { seq: 4, text: auditText({ prev: sha256Of(forged[2]), entries: [entryOf(9)] }) };
    forged[4] = { seq: 5, text: auditText({ ...relinked, prev: sha256Of(forged[3]) }) };
    expect(verdictOn(forged).broken).toMatchObject({ seq: 4 });
  });

  it('refuses a wrong signature, and one of another key than the given one', () => {
    const messages = chainOf(2, [2]);
    expect(verdictOn(messages, { isSigned: () => false }).broken).toEqual({
      seq: 3,
      reason: 'its signature is wrong',
    });
    expect(verdictOn(messages, { publicKeys: ['p'] }).broken).toBeUndefined();
    expect(verdictOn(messages, { publicKeys: ['q'] }).broken).toMatchObject({ seq: 3 });
  });

  it('notices by a head that is known from elsewhere that messages were cut off or replaced', () => {
    const messages = chainOf(5);
    const known = [
      { seq: 2, sha256: sha256Of(messages[1]) },
      { seq: 4, sha256: sha256Of(messages[3]) },
    ];
    expect(verdictOn(messages, { known }).broken).toBeUndefined();
    expect(verdictOn(messages.slice(0, 3), { known }).broken).toMatchObject({ seq: 4 });
    expect(verdictOn([], { known }).broken).toMatchObject({ seq: 1 });
    expect(verdictOn(chainOf(5, [1]), { known }).broken).toMatchObject({ seq: 2 });
  });

  it('refuses a message that none of our programs wrote', () => {
    const [first] = chainOf(1) as [AuditMessage];
    for (const text of ['', '{', '[]', '{"v":1}', '{"v":1,"prev":"","entries":[null]}'])
      expect(verdictOn([first, { seq: 2, text }]).broken).toMatchObject({ seq: 2 });
  });
});
