import type { StoredWebhook, WebhookStore } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { suiteWorlds } from './suite-worlds.ts';
import type { SuiteWorld } from './suite-worlds.ts';

const webhook = (id: string): StoredWebhook => ({
  id,
  namespace: 'acme',
  url: 'https://example.com/',
  events: ['completed'],
  enabled: true,
  createdAt: 1,
  updatedAt: 1,
  secrets: [{ sealed: 's', createdAt: 1 }],
  from: '0000000000000.00000',
});

const AT = '0000000000007.00000';

/** What every `WebhookStore` must do. */
export const describeWebhookStore = (name: string, make: () => Promise<SuiteWorld<WebhookStore>>): void => {
  const setup = suiteWorlds<WebhookStore, SuiteWorld<WebhookStore>>(make);

  describe(`${name} as a store of webhooks`, () => {
    it('gives what one program stored to the others, by id', async () => {
      const { one, other } = await setup();
      expect([await one.get('b'), await one.list()]).toEqual([undefined, []]);
      for (const id of ['b', 'a']) await one.change(id, () => webhook(id));
      expect(await other.list()).toEqual([webhook('a'), webhook('b')]);
      expect(await other.get('b')).toEqual(webhook('b'));
    });

    it('decides again when another program has changed a webhook meanwhile', async () => {
      const { one, other } = await setup();
      await one.change('a', () => webhook('a'));
      const times = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : other));
      await Promise.all(
        times.map((store) =>
          store.change('a', (stored) => stored && { ...stored, updatedAt: stored.updatedAt + 1 }),
        ),
      );
      expect((await one.get('a'))?.updatedAt).toBe(21);
    });

    it('changes nothing where the decision throws', async () => {
      const { one } = await setup();
      await one.change('a', () => webhook('a'));
      const refusal = new Error('no');
      await expect(
        one.change('a', () => {
          throw refusal;
        }),
      ).rejects.toThrow('no');
      expect(await one.get('a')).toEqual(webhook('a'));
    });

    it('keeps the position of a webhook until it is removed', async () => {
      const { one, other } = await setup();
      await one.change('a', () => webhook('a'));
      expect(await one.positionOf('a')).toBeUndefined();
      await one.setPosition('a', { at: AT, gap: { from: AT, to: AT } });
      expect(await other.positionOf('a')).toEqual({ at: AT, gap: { from: AT, to: AT } });
      expect(await one.list()).toEqual([webhook('a')]);
      await other.change('a', () => undefined);
      expect([await one.get('a'), await one.positionOf('a'), await one.list()]).toEqual([
        undefined,
        undefined,
        [],
      ]);
      await one.change('a', () => webhook('a'));
      expect(await other.get('a')).toEqual(webhook('a'));
    });

    it('notices a change of a webhook by another program, and the end of the signal', async () => {
      const { one, other } = await setup();
      const changed = one.changed(new AbortController().signal);
      await other.change('a', () => webhook('a'));
      await changed;
      await one.changed(AbortSignal.abort());
    });
  });
};
