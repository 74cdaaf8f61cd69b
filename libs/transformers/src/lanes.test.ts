import { describe, expect, it } from 'vitest';
import { Lanes } from './lanes.ts';

const drained = (lanes: Lanes<string>): string[] => {
  const all: string[] = [];
  for (let one = lanes.take(); one !== undefined; one = lanes.take()) all.push(one);
  return all;
};

describe('Lanes', () => {
  it('gives queries before documents, each in their order', () => {
    const lanes = new Lanes<string>();
    lanes.add('document', 'd1');
    lanes.add('query', 'q1');
    lanes.add('document', 'd2');
    lanes.add('query', 'q2');
    expect(lanes.size).toBe(4);
    expect(drained(lanes)).toEqual(['q1', 'q2', 'd1', 'd2']);
    expect(lanes.take()).toBeUndefined();
  });

  it('gives a document its turn after eight queries in a row', () => {
    const lanes = new Lanes<string>();
    lanes.add('document', 'd1');
    lanes.add('document', 'd2');
    for (let i = 0; i < 20; i++) lanes.add('query', `q${i}`);
    const order = drained(lanes);
    expect([order.indexOf('d1'), order.indexOf('d2')]).toEqual([8, 17]);
  });

  it('forgets what is deleted', () => {
    const lanes = new Lanes<string>();
    for (const one of ['a', 'b', 'c']) lanes.add('document', one);
    lanes.delete('b');
    expect(drained(lanes)).toEqual(['a', 'c']);
  });
});
