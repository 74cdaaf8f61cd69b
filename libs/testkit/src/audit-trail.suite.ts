import { ChainCheck } from '@precedent/access';
import type { AuditMessage, AuditedRequest } from '@precedent/contract-types';
import { sha256Hex } from '@precedent/ports';
import type { AuditTrail } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { suiteWorlds } from './suite-worlds.ts';

/** Where the trail of a suite is. */
export interface AuditWorld {
  /** Another call gives the trail of another program. */
  open(): Promise<AuditTrail>;
  /** Resolves when the trail can store nothing more. */
  fill(trail: AuditTrail): Promise<void>;
  close(): Promise<void>;
}

const anEntry = (target: string): AuditedRequest => ({
  at: 1_000,
  service: 'engine',
  operation: 'task.cancel',
  decision: 'allowed',
  credential: 'k1',
  namespace: 'acme',
  targets: [target],
});

const messagesOf = async (trail: AuditTrail): Promise<AuditMessage[]> => {
  const messages: AuditMessage[] = [];
  for (;;) {
    const page = await trail.read(messages.at(-1)?.seq ?? 0);
    if (page.length === 0) return messages;
    messages.push(...page);
  }
};

const verdictOn = (messages: readonly AuditMessage[]) => {
  const check = new ChainCheck({ sha256: sha256Hex, isSigned: () => true });
  for (const message of messages) check.add(message);
  return check.verdict();
};

/** What every `AuditTrail` must do. `make` gives a world without entries. */
export const describeAuditTrail = (name: string, make: () => Promise<AuditWorld>): void => {
  const setup = suiteWorlds<AuditTrail, AuditWorld>(make);
  describe(`${name} as an audit trail`, () => {
    it('has no message before the first entry', async () => {
      const { one } = await setup();
      expect(await one.last()).toBeUndefined();
      expect(await one.read(0)).toEqual([]);
    });

    it('stores the entries of one turn as one message, which every program reads', async () => {
      const { one, other } = await setup();
      await Promise.all(['a', 'b', 'c'].map((target) => one.append(anEntry(target))));
      const messages = await messagesOf(other);
      expect(messages.map(({ seq }) => seq)).toEqual([1]);
      expect(verdictOn(messages)).toMatchObject({ messages: 1, entries: 3 });
      expect(await other.last()).toEqual(verdictOn(messages).last);
    });

    it('writes one chain when several programs write at once', async () => {
      const { one, other } = await setup();
      const write = async (trail: AuditTrail, by: string): Promise<void> => {
        for (let n = 0; n < 50; n++) await trail.append(anEntry(`${by}-${n}`));
      };
      await Promise.all([write(one, 'one'), write(other, 'other'), write(one, 'again')]);
      const messages = await messagesOf(one);
      const verdict = verdictOn(messages);
      expect(verdict).toMatchObject({ entries: 150 });
      expect(verdict.broken).toBeUndefined();
    });

    it('refuses entries when it is full, keeps what it has, and can be read', async () => {
      const { world, one, other } = await setup();
      await one.append(anEntry('first'));
      await world.fill(one);
      await expect(one.append(anEntry('late'))).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
      await expect(other.append(anEntry('late'))).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
      const messages = await messagesOf(other);
      expect(messages[0]?.text).toContain('"first"');
      expect(verdictOn(messages).broken).toBeUndefined();
    });
  });
};
