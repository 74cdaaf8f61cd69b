import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import { EventInterest } from './event-interest.ts';

/** A connection to a server on which clients listen only to `heard`; it answers at once. */
const world = (heard: readonly string[] = []) => {
  let answer: (inbox: string) => void = () => undefined;
  const nc = {
    subscribe: (_: string, { callback }: { callback: (error: null, msg: Msg) => void }) => {
      answer = (subject) => callback(null, { subject, headers: { code: 503 } } as Msg);
      return {} as Subscription;
    },
  } as unknown as NatsConnection;
  const interest = new EventInterest(nc);
  /** How many of the events of a subject, one a tenth of a millisecond, leave the engine. */
  return (subject: string, { from, count }: { from: number; count: number }): number => {
    let sent = 0;
    for (let n = 0; n < count; n++) {
      const what = interest.of(subject, from + n / 10);
      if (what !== 'skip') sent++;
      if (typeof what === 'object' && !heard.includes(subject)) answer(what.probe);
    }
    return sent;
  };
};

describe('an event that no client listens to', () => {
  it('is sent anyway when there are few events', () => {
    const sent = world();
    expect(sent('a', { from: 0, count: 200 })).toBe(200);
    expect(sent('a', { from: 101, count: 200 })).toBe(200);
  });

  it('is left out above 200 events in 100 ms, except for one probe in each window', () => {
    const sent = world();
    expect(sent('a', { from: 0, count: 1_000 })).toBe(201);
    expect(sent('a', { from: 100.1, count: 1_000 })).toBe(1);
    expect(sent('b', { from: 200.2, count: 500 }) + sent('a', { from: 250.2, count: 500 })).toBe(2);
  });

  it('is sent again when there are few events again', () => {
    const sent = world();
    sent('a', { from: 0, count: 1_000 });
    expect(sent('a', { from: 350, count: 100 })).toBe(100);
    sent('a', { from: 1_000, count: 1_000 });
    expect(sent('a', { from: 1_100.1, count: 150 })).toBe(0);
    expect(sent('a', { from: 1_201, count: 100 })).toBe(100);
  });

  it('is sent every time when a client listens', () => {
    const sent = world(['a']);
    expect(sent('a', { from: 0, count: 10_000 })).toBe(10_000);
    expect(sent('b', { from: 1_000.1, count: 900 })).toBe(1);
  });
});
