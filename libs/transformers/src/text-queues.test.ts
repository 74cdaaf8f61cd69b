import { describe, expect, it } from 'vitest';
import { TextQueues } from './text-queues.ts';

const drained = (queues: TextQueues<string>): string[] => {
  const all: string[] = [];
  for (let one = queues.take(); one !== undefined; one = queues.take()) all.push(one);
  return all;
};

describe('TextQueues', () => {
  it('takes queries before documents, each first in, first out', () => {
    const queues = new TextQueues<string>();
    queues.add('document', 'd1');
    queues.add('query', 'q1');
    queues.add('document', 'd2');
    queues.add('query', 'q2');
    expect(queues.size).toBe(4);
    expect(drained(queues)).toEqual(['q1', 'q2', 'd1', 'd2']);
    expect(queues.take()).toBeUndefined();
  });

  it('takes a document after eight queries in a row', () => {
    const queues = new TextQueues<string>();
    queues.add('document', 'd1');
    queues.add('document', 'd2');
    for (let i = 0; i < 20; i++) queues.add('query', `q${i}`);
    const order = drained(queues);
    expect([order.indexOf('d1'), order.indexOf('d2')]).toEqual([8, 17]);
  });

  it('does not return a deleted text', () => {
    const queues = new TextQueues<string>();
    for (const one of ['a', 'b', 'c']) queues.add('document', one);
    queues.delete('b');
    expect(drained(queues)).toEqual(['a', 'c']);
  });
});
