import { describe, expect, it } from 'vitest';
import type { JournalledEvent } from '@precedent/contract-types';
import { changedWebhook, isEnabling, newWebhook } from './changes.ts';
import { isForWebhook } from './conditions.ts';

const FROM = '0000000000001.00000';
const secret = { sealed: 's', createdAt: 1 };
const made = (request: object = {}) =>
  newWebhook(
    { url: 'https://a.example/', ...request },
    { id: 'w', namespace: 'acme', principal: 'ada', secret, from: FROM, now: 1 },
  );

const event = (extra: Partial<JournalledEvent> = {}): JournalledEvent => ({
  id: 't',
  namespace: 'acme',
  project: 'web',
  type: 'work',
  band: 'low',
  event: 'completed',
  at: 1,
  attempt: 1,
  epoch: 1,
  sequence: FROM,
  ...extra,
});

describe('a new webhook', () => {
  it('gets the verdicts of all tasks of its namespace, and never events of deliveries', () => {
    const webhook = made();
    const wanted = (extra: Partial<JournalledEvent>): boolean => isForWebhook(webhook, event(extra));
    expect(
      [{}, { event: 'failed' }, { project: 'ops' }, { band: 'critical' }].map((one) => wanted(one as object)),
    ).toEqual([true, true, true, true]);
    expect(
      [{ event: 'started' }, { namespace: 'beta' }, { type: 'webhook.deliver' }].map((one) =>
        wanted(one as object),
      ),
    ).toEqual([false, false, false]);
  });

  it('gets what its conditions say, all of them together', () => {
    const webhook = made({ project: 'web', events: ['started'], types: ['work'], bands: ['low', 'high'] });
    const wanted = { event: 'started' } as const;
    expect(isForWebhook(webhook, event(wanted))).toBe(true);
    for (const other of [
      { event: 'completed' },
      { project: 'ops' },
      { type: 'other' },
      { band: 'critical' },
    ] as const)
      expect(isForWebhook(webhook, event({ ...wanted, ...other }))).toBe(false);
    expect(made({ types: [], bands: [] })).toEqual(made());
  });
});

describe('a change of a webhook', () => {
  const by = { principal: 'bob', now: 2, from: undefined };

  it('leaves what it does not name, and gives the webhook to who made the change', () => {
    const webhook = made({ types: ['work'], description: 'a' });
    expect(changedWebhook(webhook, { id: 'w', url: 'https://b.example/' }, by)).toEqual({
      ...webhook,
      url: 'https://b.example/',
      principal: 'bob',
      updatedAt: 2,
    });
    expect(changedWebhook(webhook, { id: 'w', types: [] }, by)).not.toHaveProperty('types');
    const { principal: _, ...open } = webhook;
    expect(changedWebhook(webhook, { id: 'w' }, { ...by, principal: undefined })).toEqual({
      ...open,
      updatedAt: 2,
    });
  });

  it('that enables it again forgets why it was disabled, and where it was', () => {
    const gone = { ...made(), enabled: false, disabledBecause: 'its receiver answered 410' };
    const request = { id: 'w', enabled: true };
    expect(isEnabling(gone, request)).toBe(true);
    expect(isEnabling(made(), request)).toBe(false);
    const enabled = changedWebhook(gone, request, { ...by, from: '0000000000009.00000' });
    expect(enabled).toMatchObject({ enabled: true, from: '0000000000009.00000' });
    expect(enabled).not.toHaveProperty('disabledBecause');
    expect(changedWebhook(gone, { id: 'w', description: 'x' }, by)).toMatchObject({
      enabled: false,
      disabledBecause: gone.disabledBecause,
    });
  });
});
