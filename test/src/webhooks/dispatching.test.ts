import { AppError, sequenceText } from '@precedent/kernel';
import { wakeBy } from '@precedent/ports';
import type { StoredWebhook } from '@precedent/ports';
import { memoryWebhookStore, virtualClock } from '@precedent/testkit';
import { OPEN_PRINCIPALS, dispatch } from '@precedent/webhooks';
import type { WebhookPrincipals } from '@precedent/webhooks';
import { describe, expect, it } from 'vitest';
import { FROM, anEvent, scriptedEngine, scriptedEvents, storedWebhook } from './parts.ts';

const setup = async (...webhooks: readonly StoredWebhook[]) => {
  const clock = virtualClock();
  const store = memoryWebhookStore();
  for (const webhook of webhooks) await store.change(webhook.id, () => webhook);
  const [feed, engine, faults] = [scriptedEvents(), scriptedEngine(), [] as string[]];
  const world = { principals: OPEN_PRINCIPALS };
  const parts = {
    store,
    events: feed.events,
    calls: engine.calls,
    principals: { callerOf: (webhook) => world.principals.callerOf(webhook) } satisfies WebhookPrincipals,
    onFault: ({ message }: { readonly message: string }) => void faults.push(message),
    wake: wakeBy(clock),
  };
  const stopping = new AbortController();
  const start = () => dispatch(parts, stopping.signal);
  /** Lets streams, which take turns of the event loop, come to where they wait. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 30; turn++) {
      await new Promise((resolve) => void setImmediate(resolve));
      await clock.settle();
    }
  };
  const advance = async (ms: number): Promise<void> => {
    await clock.advanceTo(clock.now() + ms);
    await settle();
  };
  return {
    ...feed,
    store,
    engine,
    faults,
    parts,
    world,
    start,
    settle,
    advance,
    stop: () => stopping.abort(),
  };
};

const idOf = (n: number, webhook = 'w'): string => `${webhook}-${sequenceText(n, 0).replace('.', '-')}`;

describe('the dispatcher of webhooks', () => {
  it('submits one delivery of each event that a webhook wants, and none of deliveries', async () => {
    const { add, store, engine, start, settle, stop } = await setup(storedWebhook());
    const running = start();
    add(
      anEvent(2),
      anEvent(3, { event: 'started' }),
      anEvent(4, { type: 'webhook.deliver' }),
      anEvent(5, { event: 'failed', security: 'secret' }),
    );
    await settle();
    expect(engine.submitted).toMatchObject([
      {
        id: idOf(2),
        namespace: 'acme',
        project: 'web',
        type: 'webhook.deliver',
        pool: 'webhooks',
        labels: { webhook: 'w', task: 't2', event: 'completed' },
        payload: { webhook: 'w', sequence: sequenceText(2, 0), task: 't2' },
      },
      { id: idOf(5), security: 'secret' },
    ]);
    expect(engine.submitted[0]).not.toHaveProperty('security');
    expect(await store.positionOf('w')).toEqual({ at: sequenceText(5, 0) });
    stop();
    await running;
  });

  it('goes on where it was when the position could not be stored: no event is lost, none is delivered twice', async () => {
    const { add, store, engine, parts, start, settle, advance, stop, faults } = await setup(storedWebhook());
    let failures = 1;
    parts.store = {
      ...store,
      setPosition: (id, position) =>
        failures-- > 0 ? Promise.reject(new Error('killed')) : store.setPosition(id, position),
    };
    const running = start();
    add(anEvent(2), anEvent(3));
    await settle();
    expect([faults, await store.positionOf('w'), engine.ids()]).toEqual([
      ['killed'],
      undefined,
      [idOf(2), idOf(3)],
    ]);
    await advance(1_000);
    add(anEvent(4));
    await settle();
    expect(engine.ids()).toEqual([idOf(2), idOf(3), idOf(4)]);
    expect(await store.positionOf('w')).toEqual({ at: sequenceText(4, 0) });
    stop();
    await running;
  });

  it('reads on behind the position of an earlier dispatcher', async () => {
    const { add, store, engine, requests, start, settle, stop } = await setup(storedWebhook());
    await store.setPosition('w', { at: sequenceText(3, 0) });
    add(anEvent(2), anEvent(3), anEvent(4));
    const running = start();
    await settle();
    expect([requests[0]?.after, engine.ids()]).toEqual([sequenceText(3, 0), [idOf(4)]]);
    stop();
    await running;
  });

  it('waits with a webhook whose deliveries are not done, and holds back no other', async () => {
    const other = storedWebhook({ id: 'v', events: ['failed'] });
    const { add, engine, start, settle, advance, stop } = await setup(storedWebhook(), other);
    const running = start();
    add(...Array.from({ length: 150 }, (_, n) => anEvent(n + 2)), anEvent(200, { event: 'failed' }));
    await settle();
    const of = (webhook: string) => engine.ids().filter((id) => id.startsWith(`${webhook}-`));
    expect([of('w').length, of('v')]).toEqual([100, [idOf(200, 'v')]]);
    for (const id of of('w').slice(0, 60)) engine.settle(id);
    await advance(20_000);
    expect(of('w').length).toBe(151);
    stop();
    await running;
  });

  it('submits four at a time to a receiver that is away', async () => {
    const { add, engine, start, settle, advance, stop } = await setup(storedWebhook());
    const running = start();
    add(...Array.from({ length: 120 }, (_, n) => anEvent(n + 2)));
    await settle();
    for (const id of engine.ids()) engine.fail(id);
    await advance(20_000);
    expect(engine.ids().length).toBe(104);
    stop();
    await running;
  });

  it('states events that were forgotten before it could deliver them', async () => {
    const { add, store, start, settle, stop } = await setup(storedWebhook());
    const running = start();
    add({ kind: 'gap', from: FROM, to: sequenceText(9, 0) }, { kind: 'position', at: sequenceText(12, 0) });
    await settle();
    expect(await store.positionOf('w')).toEqual({
      at: sequenceText(12, 0),
      gap: { from: FROM, to: sequenceText(9, 0) },
    });
    stop();
    await running;
  });

  it('reads nothing for a principal that may not read, and goes on when it may', async () => {
    const { add, engine, requests, world, faults, start, settle, advance, stop } = await setup(
      storedWebhook({ principal: 'ada' }),
    );
    world.principals = {
      callerOf: () => {
        throw new AppError('FORBIDDEN', 'ada has no valid credential');
      },
    };
    const running = start();
    add(anEvent(2));
    await settle();
    expect([requests, engine.ids(), faults]).toEqual([[], [], []]);
    world.principals = { callerOf: ({ namespace }) => ({ namespace, credential: 'k' }) };
    await advance(60_000);
    expect(requests[0]?.caller).toEqual({ namespace: 'acme', credential: 'k' });
    expect(engine.ids()).toEqual([idOf(2)]);
    stop();
    await running;
  });

  it('follows changes: a webhook that is made, changed, disabled and removed', async () => {
    const { add, engine, store, requests, start, settle, stop } = await setup();
    const running = start();
    await settle();
    await store.change('w', () => storedWebhook());
    await settle();
    add(anEvent(2));
    await settle();
    await store.change('w', (webhook) => webhook && { ...webhook, events: ['failed'] });
    await settle();
    add(anEvent(3), anEvent(4, { event: 'failed' }));
    await settle();
    expect(requests.map(({ after, signal }) => [after, signal.aborted])).toEqual([
      [FROM, true],
      [sequenceText(2, 0), false],
    ]);
    await store.change('w', (webhook) => webhook && { ...webhook, enabled: false });
    await settle();
    add(anEvent(5, { event: 'failed' }));
    await settle();
    expect(engine.ids()).toEqual([idOf(2), idOf(4)]);
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    stop();
    await running;
  });

  it('goes on when the engine is away for a while', async () => {
    const { add, engine, start, settle, advance, stop, faults } = await setup(storedWebhook());
    engine.failNext(2);
    const running = start();
    add(anEvent(2));
    await settle();
    expect(engine.ids()).toEqual([]);
    for (let repeat = 0; repeat < 2; repeat++) await advance(60_000);
    expect(engine.ids()).toEqual([idOf(2)]);
    expect(faults).toEqual(['the engine is away', 'the engine is away']);
    stop();
    await running;
  });
});
