import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNLIMITED, demandOf, fits, least, minus, plus, relieves, supplyOf } from './amounts.ts';
import { aRunning, aWorker, amounts, sumOf } from './builders.arbitraries.ts';
import { LATER, aReservation } from './cases.arbitraries.ts';
import { freedBy, freeNow, liveReservations, roomFor, unreserved, visibleRoom } from './rooms.ts';
import type { Reservation } from './snapshot.ts';

describe('amounts', () => {
  it('are whole: a demand is rounded up, a supply down', () => {
    expect(demandOf({ cpu: 0.0005, memoryMb: 1.5, gpu: 1 })).toEqual({
      slots: 1,
      cpuMilli: 1,
      memoryMb: 2,
      gpu: 1,
    });
    expect(supplyOf(4, { cpu: 1.9999, memoryMb: 1.5, gpu: 2 })).toEqual({
      slots: 4,
      cpuMilli: 1_999,
      memoryMb: 1,
      gpu: 2,
    });
  });

  it('that a worker does not name are unlimited, but for GPUs', () => {
    expect(supplyOf(1, {})).toEqual({ slots: 1, cpuMilli: UNLIMITED, memoryMb: UNLIMITED, gpu: 0 });
  });

  it('that are not required are never missing', () => {
    const promised = { slots: 1, cpuMilli: -5, memoryMb: -5, gpu: -5 };
    expect(fits(amounts(), promised)).toBe(true);
    expect(fits(amounts({ cpuMilli: 1 }), promised)).toBe(false);
    expect(relieves(amounts({ cpuMilli: 9 }), amounts(), promised)).toBe(false);
  });

  const some = fc.record({ slots: fc.nat(3), cpuMilli: fc.nat(3), memoryMb: fc.nat(3), gpu: fc.nat(3) });

  it('relieve a shortage exactly when less of it is missing with them', () => {
    fc.assert(
      fc.property(some, some, some, (given, demand, room) => {
        const missing = (of: typeof room): number =>
          (['slots', 'cpuMilli', 'memoryMb', 'gpu'] as const).reduce(
            (sum, one) => sum + Math.max(0, demand[one] - of[one]),
            0,
          );
        expect(relieves(given, demand, room)).toBe(missing(plus(room, given)) < missing(room));
        expect(minus(plus(room, given), given)).toEqual(room);
        expect(fits(least(given, room), room)).toBe(true);
      }),
    );
  });
});

describe('the room of a worker', () => {
  const usage = amounts({ memoryMb: 4, gpu: 1 });

  it('is not free before the process has ended', () => {
    const leaving = aRunning({ usage, phase: 'preempting', mode: 'immediate' });
    const worker = aWorker({ running: [leaving] });
    expect(freeNow(worker)).toEqual(sumOf([]));
    expect(unreserved(worker, [])).toEqual(usage);
    expect(visibleRoom(worker, [])).toEqual(sumOf([]));
  });

  it('keeps the memory and the GPUs of a frozen task', () => {
    const worker = aWorker({ running: [aRunning({ usage, phase: 'suspended' })], capacity: usage });
    expect(freeNow(worker)).toEqual(amounts());
    expect(freedBy(aRunning({ usage }), 'suspend')).toEqual(amounts());
    const freezing = aRunning({ usage, phase: 'preempting', mode: 'suspend' });
    expect(unreserved(aWorker({ running: [freezing] }), [])).toEqual(amounts());
  });

  it('that was freed for a task is its own, and comes before what is only held', () => {
    const worker = aWorker({ capacity: amounts() });
    const both = [aReservation({ task: 'P' }), aReservation({ task: 'Q', kind: 'held' })];
    const slotsFor = (task: string): number => roomFor(task, worker, both).slots;
    expect(['P', 'Q', 'R'].map(slotsFor)).toEqual([1, 0, -1]);
    expect(roomFor('Q', worker, both.slice(1)).slots).toBe(1);
  });

  it('that was freed for several goes first to the one that runs out first, and a higher base waits for no lower one', () => {
    const worker = aWorker({ capacity: amounts() });
    const slotsFor = (first: Partial<Reservation>, then: Partial<Reservation>): number[] => {
      const both = [
        aReservation({ task: 'P', expiresAt: LATER, ...first }),
        aReservation({ task: 'Q', expiresAt: LATER + 1, ...then }),
      ];
      return ['P', 'Q'].map((task) => roomFor(task, worker, both).slots);
    };
    expect(slotsFor({}, {})).toEqual([1, 0]);
    expect(slotsFor({}, { expiresAt: LATER })).toEqual([1, 1]);
    expect(slotsFor({ base: 2 }, { base: 3 })).toEqual([1, 1]);
    expect(slotsFor({ base: 3 }, { base: 2 })).toEqual([1, 0]);
    expect(slotsFor({ kind: 'held', base: 3 }, { base: 0 })).toEqual([0, 1]);
  });

  it('that is reserved is invisible to a task without a reservation', () => {
    const worker = aWorker({ capacity: amounts({ slots: 3 }) });
    expect(visibleRoom(worker, [aReservation()]).slots).toBe(2);
    const victim = aRunning({ phase: 'preempting', mode: 'immediate' });
    const full = aWorker({ running: [victim, aRunning({ id: 'W' })], capacity: amounts({ slots: 3 }) });
    expect(visibleRoom(full, [aReservation()]).slots).toBe(1);
    expect(visibleRoom(full, [aReservation(), aReservation({ task: 'S' })]).slots).toBe(0);
  });

  it('is visible again when the reservation has run out', () => {
    const reservation = aReservation({ expiresAt: LATER });
    expect(liveReservations([reservation], LATER - 1)).toEqual([reservation]);
    expect(liveReservations([reservation], LATER)).toEqual([]);
  });

  it('leaves out what tasks occupy that are not listed', () => {
    const worker = aWorker({ capacity: amounts({ slots: 3 }), others: amounts({ slots: 2 }) });
    expect(freeNow(worker).slots).toBe(1);
  });
});
