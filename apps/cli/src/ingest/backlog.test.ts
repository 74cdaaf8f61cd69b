import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backlog } from './backlog.ts';

/** A backlog whose tasks end when the test says so. */
const setup = (batch: number, maxTasks: number) => {
  const tasks: { files: readonly string[]; end: () => void; fail: () => void }[] = [];
  const backlog = new Backlog({
    batch,
    maxTasks,
    send: (files) =>
      new Promise((resolve, reject) => {
        tasks.push({ files, end: resolve, fail: () => reject(new Error('failed')) });
      }),
  });
  return { backlog, tasks };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('makes tasks of batches, and no more at once than it may', async () => {
  const { backlog, tasks } = setup(2, 2);
  backlog.add(['a', 'b', 'c', 'd', 'e']);
  expect(tasks.map(({ files }) => files)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(backlog.waiting).toBe(1);
  tasks[0]?.end();
  await turn();
  expect(tasks[2]?.files).toEqual(['e']);
});

test('never has a file in two tasks, and forgets no change', async () => {
  const { backlog, tasks } = setup(10, 5);
  backlog.add(['a']);
  backlog.add(['a', 'b']);
  backlog.add(['a']);
  expect(tasks.map(({ files }) => files)).toEqual([['a'], ['b']]);
  tasks[0]?.fail();
  await turn();
  expect(tasks[2]?.files).toEqual(['a']);
});

test('is idle when all is done; closed, when what runs is done', async () => {
  const { backlog, tasks } = setup(1, 1);
  await backlog.idle();
  backlog.add(['a', 'b']);
  let isIdle = false;
  const idle = backlog.idle().then(() => (isIdle = true));
  await turn();
  expect(isIdle).toBe(false);
  backlog.close();
  tasks[0]?.end();
  await idle;
  expect(tasks).toHaveLength(1);
});

test('has every file that was added in a task after its last change, whatever ends first', async () => {
  const steps = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(5)), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      async (all, batch, max) => {
        const flying = new Set<string>();
        const dirty = new Set<string>();
        const open: (() => void)[] = [];
        const backlog = new Backlog({
          batch,
          maxTasks: max,
          send: (files) =>
            new Promise((resolve) => {
              expect(files.length).toBeLessThanOrEqual(batch);
              for (const file of files) {
                expect(flying.has(file)).toBe(false);
                flying.add(file);
                dirty.delete(file);
              }
              expect(open.length).toBeLessThan(max);
              open.push(() => {
                for (const file of files) flying.delete(file);
                resolve();
              });
            }),
        });
        for (const step of all) {
          if (typeof step === 'string') {
            dirty.add(step);
            backlog.add([step]);
          } else open.splice(step % Math.max(1, open.length), 1)[0]?.();
          await turn();
        }
        const idle = backlog.idle();
        while (open.length > 0) {
          open.shift()?.();
          await turn();
        }
        await idle;
        expect([dirty.size, backlog.waiting]).toEqual([0, 0]);
      },
    ),
    { numRuns: 60 },
  );
});
