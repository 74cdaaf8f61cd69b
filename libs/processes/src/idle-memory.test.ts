import { describe, expect, it } from 'vitest';
import { IdleMemory, isCollectionDue } from './idle-memory.ts';
import type { MemorySample } from './idle-memory.ts';

const MB = 2 ** 20;
const sample: MemorySample = { heldBytes: 100 * MB, usedBytes: 60 * MB, busyShare: 0.01 };

/** A program whose collections leave it with `live` bytes. */
const setup = (live: number) => {
  const program = { held: 40 * MB, busyShare: 0, collections: 0 };
  const memory = new IdleMemory({
    sample: () => ({ heldBytes: program.held, usedBytes: program.held, busyShare: program.busyShare }),
    collect: () => {
      program.collections++;
      program.held = Math.min(program.held, live);
    },
  });
  const checkOnce = (state: Partial<typeof program>): number => {
    Object.assign(program, state);
    memory.check();
    return program.collections;
  };
  /** For two seconds. */
  const check = (state: Partial<typeof program>): number => {
    checkOnce(state);
    return checkOnce({});
  };
  return { check, checkOnce, program };
};

describe('isCollectionDue', () => {
  it('is due when a quiet program holds 32 MiB more than after the last collection', () => {
    expect(isCollectionDue(sample, 68 * MB)).toBe(true);
    expect(isCollectionDue(sample, 69 * MB)).toBe(false);
  });

  it('leaves a heap to V8 that takes long to collect', () => {
    expect(isCollectionDue({ ...sample, usedBytes: 256 * MB }, 0)).toBe(true);
    expect(isCollectionDue({ ...sample, usedBytes: 257 * MB }, 0)).toBe(false);
  });
});

describe('IdleMemory', () => {
  it('leaves a program to V8 in which much lives, until V8 has collected it', () => {
    const { check } = setup(200 * MB);
    expect(check({ held: 200 * MB })).toBe(1);
    expect(check({ held: 250 * MB })).toBe(1);
    expect(check({ held: 50 * MB })).toBe(1);
    expect(check({ held: 100 * MB })).toBe(2);
  });

  it('collects once after the start, as soon as the program is quiet', () => {
    const { check } = setup(30 * MB);
    expect(check({ busyShare: 0.9 })).toBe(0);
    expect(check({ busyShare: 0 })).toBe(1);
    expect(check({})).toBe(1);
  });

  it('collects after a burst, and not during it', () => {
    const { check, program } = setup(30 * MB);
    check({});
    expect(check({ held: 120 * MB, busyShare: 0.8 })).toBe(1);
    expect(check({ busyShare: 0 })).toBe(2);
    expect(program.held).toBe(30 * MB);
  });

  it('keeps what it has over a quiet second between two pieces of work', () => {
    const { check, checkOnce } = setup(30 * MB);
    check({});
    for (const busyShare of [1, 0, 1, 0, 1]) expect(checkOnce({ held: 120 * MB, busyShare })).toBe(1);
    expect(check({ busyShare: 0 })).toBe(2);
  });

  it('does not repeat a collection that frees nothing', () => {
    const { check } = setup(120 * MB);
    check({});
    expect(check({ held: 120 * MB })).toBe(2);
    expect(check({})).toBe(2);
  });
});
