import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from './heap.ts';

const ascending = (a: number, b: number): number => a - b;

describe('the heap', () => {
  it('is empty before anything is pushed', () => {
    const heap = new Heap<number>(ascending);
    expect([heap.size, heap.peek(), heap.pop(), heap.size]).toEqual([0, undefined, undefined, 0]);
  });

  it('gives back what was pushed, in its order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (numbers) => {
        const heap = new Heap<number>(ascending);
        for (const number of numbers) heap.push(number);
        const popped = numbers.map(() => heap.pop());
        expect(popped).toEqual(numbers.toSorted(ascending));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });

  it('equals a sorted list under any mix of pushes and pops', () => {
    const step = fc.option(fc.integer({ min: 0, max: 9 }), { nil: 'pop' as const });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = new Heap<number>(ascending);
        const model: number[] = [];
        for (const next of steps) {
          if (next === 'pop') expect(heap.pop()).toBe(model.shift());
          else {
            heap.push(next);
            model.push(next);
            model.sort(ascending);
          }
          expect([heap.size, heap.peek()]).toEqual([model.length, model[0]]);
          expect(heap.items().toSorted(ascending)).toEqual(model);
        }
      }),
    );
  });
});
