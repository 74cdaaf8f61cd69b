import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const held = () => Promise.withResolvers<string>();

describe('work in turns', () => {
  it('runs so many pieces of one key at a time, the others in their order, whatever other keys do', async () => {
    const turns = new Turns(2);
    const begun: string[] = [];
    const [a, b] = [held(), held()];
    const run = (key: string, name: string, end: Promise<string>) =>
      turns.run(key, () => {
        begun.push(name);
        return end;
      });
    const all = [
      run('x', 'a', a.promise),
      run('x', 'b', b.promise),
      run('x', 'c', Promise.resolve('c')),
      run('x', 'd', Promise.resolve('d')),
      run('y', 'e', Promise.resolve('e')),
    ];
    expect(await all[4]).toBe('e');
    expect(begun).toEqual(['a', 'b', 'e']);
    b.resolve('b');
    expect(await Promise.all(all.slice(1))).toEqual(['b', 'c', 'd', 'e']);
    expect(begun).toEqual(['a', 'b', 'e', 'c', 'd']);
    a.resolve('a');
    expect(await all[0]).toBe('a');
  });

  it('gives the place of a piece that fails to the next one', async () => {
    const turns = new Turns(1);
    const failing = turns.run('x', () => Promise.reject(new Error('no')));
    const next = turns.run('x', () => Promise.resolve(1));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe(1);
  });
});
