import { DEPENDENCY_CONDITIONS, isVerdict } from '@precedent/contract-types';
import type { Dependency, DependencyCondition, Join } from '@precedent/contract-types';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ScriptedWorker } from './scripted-worker.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

/** A task of a graph: what it depends on, and how it ends once it starts. */
interface Node {
  readonly id: string;
  readonly dependsOn: readonly Dependency[];
  readonly join: Join | undefined;
  readonly ends: 'completed' | 'failed' | 'cancelled';
}

const TASKS_MAX = 9;

const nodes: fc.Arbitrary<readonly Node[]> = fc
  .array(
    fc.record({
      edges: fc.array(
        fc.record({
          to: fc.nat(TASKS_MAX),
          on: fc.constantFrom<DependencyCondition>(...DEPENDENCY_CONDITIONS),
          optional: fc.constantFrom(false, false, true),
        }),
        { maxLength: 4 },
      ),
      join: fc.constantFrom<'all' | 'any' | 'two'>('all', 'any', 'two'),
      ends: fc.constantFrom<Node['ends']>('completed', 'completed', 'failed', 'cancelled'),
    }),
    { minLength: 2, maxLength: TASKS_MAX },
  )
  .map((drawn) => drawn.map((of, index) => nodeOf(of, index)));

const nodeOf = (
  {
    edges,
    join,
    ends,
  }: {
    edges: readonly { to: number; on: DependencyCondition; optional: boolean }[];
    join: string;
    ends: Node['ends'];
  },
  index: number,
): Node => {
  const earlier =
    index === 0 ? [] : edges.map(({ to, on, optional }) => ({ task: `t${to % index}`, on, optional }));
  const dependsOn = [...new Map(earlier.map((edge) => [`${edge.task} ${edge.on}`, edge])).values()];
  const required = dependsOn.filter(({ optional }) => !optional).length;
  const rules = {
    all: undefined,
    any: required > 0 ? ('any' as const) : undefined,
    two: required > 1 ? 2 : undefined,
  };
  return { id: `t${index}`, dependsOn, join: rules[join as keyof typeof rules], ends };
};

/** How each task ends, by what the words of the conditions say: nothing of the product is used. */
const expected = (graph: readonly Node[]): ReadonlyMap<string, string> => {
  const ended = new Map<string, string>();
  for (const { id, dependsOn, join, ends } of graph) {
    const met = dependsOn.map(({ task, on }) => isMet(on ?? 'success', ended.get(task) ?? ''));
    const required = met.filter((_, index) => !dependsOn[index]?.optional);
    const needed = join === 'any' ? 1 : (join ?? 'all') === 'all' ? required.length : Number(join);
    ended.set(id, required.filter(Boolean).length >= needed ? ends : 'skipped');
  }
  return ended;
};

const isMet = (on: DependencyCondition, verdict: string): boolean =>
  on === 'completion' ||
  verdict ===
    (
      {
        success: 'completed',
        ok: 'completed',
        failure: 'failed',
        cancelled: 'cancelled',
        skipped: 'skipped',
      } as const
    )[on];

/** What happens while the graph runs: which of the running tasks ends next, and where an engine dies. */
const chances = fc.array(
  fc.record({ pick: fc.nat(1_000), crash: fc.constantFrom(false, false, false, true) }),
  {
    minLength: 30,
    maxLength: 30,
  },
);

const endNext = async (
  w: World,
  worker: ScriptedWorker,
  graph: readonly Node[],
  pick: number,
): Promise<void> => {
  const ids = [...worker.running.keys()];
  const id = ids[pick % ids.length];
  const node = graph.find((each) => each.id === id);
  if (id === undefined || node === undefined) return;
  if (node.ends === 'completed') await worker.complete(id);
  if (node.ends === 'failed') await worker.fail(id);
  if (node.ends !== 'cancelled') return;
  await w.cancel(id);
  await worker.end(id, { outcome: 'failed', error: { code: 'CANCELLED', message: 'stopped' } });
};

it('ends every task of every graph as its conditions say, whatever the order and whenever the engine dies', async () => {
  await fc.assert(
    fc.asyncProperty(nodes, chances, async (graph, steps) => {
      const w = await world();
      const shuffled = graph.toReversed();
      await w.submit(
        ...shuffled.map(({ id, dependsOn, join }) =>
          aTask({ id, retry: { max: 0 }, ...(dependsOn.length > 0 && { dependsOn }), ...(join && { join }) }),
        ),
      );
      const worker = await w.worker({ slots: TASKS_MAX });
      for (const { pick, crash } of steps) {
        await endNext(w, worker, graph, pick);
        if (!crash) continue;
        w.crash(pick % 3);
        await w.restart();
        await worker.hello();
      }
      for (let left = TASKS_MAX; left > 0; left--) await endNext(w, worker, graph, 0);
      const states = await Promise.all(graph.map(async ({ id }) => [id, await w.stateOf(id)] as const));
      expect(new Map(states)).toEqual(expected(graph));
      expect(startedOnce(w)).toBe(true);
      expect(inOrder(w, graph)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

/** No task started that was skipped, and each started one was leased. */
const startedOnce = (w: World): boolean => {
  const skipped = new Set(
    w
      .records()
      .flatMap((record) => (record.kind === 'settled' && record.state === 'skipped' ? [record.id] : [])),
  );
  return w.records().every((record) => record.kind !== 'leased' || !skipped.has(record.id));
};

/** No task started before enough of what it depends on had its verdict. */
const inOrder = (w: World, graph: readonly Node[]): boolean => {
  const settled = new Set<string>();
  for (const record of w.records()) {
    if (record.kind === 'settled' && isVerdict(record.state)) settled.add(record.id);
    if (record.kind !== 'leased') continue;
    const node = graph.find(({ id }) => id === record.id);
    const required = node?.dependsOn.filter(({ optional }) => !optional) ?? [];
    const needed = node?.join === undefined ? required.length : node.join === 'any' ? 1 : Number(node.join);
    if (required.filter(({ task }) => settled.has(task)).length < needed) return false;
  }
  return true;
};
