import { maskedDecisions, maskedDryRun, maskedTask, maskedWhy } from '@precedent/access';
import type { Visibility } from '@precedent/access';
import type { DecisionView, DryRunView, WhyView } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import type { OrProblem } from '@precedent/ports';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScriptedWorker } from './scripted-worker.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

/** Tasks of two namespaces, one of which has two projects, and what becomes of those that run. */
const courses = fc.array(
  fc.record({
    owner: fc.constantFrom('acme-web', 'acme-ops', 'bolt-web'),
    band: fc.constantFrom(...BANDS),
    afterMs: fc.constantFrom(0, 100, 6_000),
    ends: fc.constantFrom(undefined, 'completed', 'failed', 'stopped'),
  }),
  { minLength: 4, maxLength: 20 },
);
type Course = typeof courses extends fc.Arbitrary<infer T> ? T : never;

const submitted = async (w: World, { owner, band }: Course[number], at: number): Promise<string> => {
  const [namespace = '', project = ''] = owner.split('-');
  const [id = ''] = await w.submit(aTask({ id: `${owner}-${at}`, namespace, project, band }));
  return id;
};

const end = async (worker: ScriptedWorker, id: string, how: Course[number]['ends']): Promise<void> => {
  if (how === undefined || !worker.ids.includes(id)) return;
  const error = { code: 'HANDLER_FAILED', message: `${id} broke` } as const;
  await worker.end(id, how === 'failed' ? { outcome: 'failed', error } : { outcome: how });
};

/** Whether a text names a task, a name or a session that the caller may not see. */
const named = (value: unknown, hidden: readonly string[]): boolean => {
  const text = JSON.stringify(value) ?? '';
  return hidden.some((word) => text.includes(word));
};

interface Caller {
  readonly visible: Visibility;
  /** How its own ids begin. */
  readonly own: string;
  readonly hidden: readonly string[];
}

const caller = (own: string, hidden: readonly string[]): Caller => ({
  own,
  visible: { namespace: 'acme', seesTask: (id) => id.startsWith(own) },
  hidden: [...hidden, 'session-'],
});

const CALLERS = [caller('acme', ['bolt']), caller('acme-web', ['bolt', 'acme-ops'])];

const why = (w: World, id: string): Promise<OrProblem<WhyView>> =>
  w.ask((api, reply) => api.explanations.why(id, reply));

/** As the engine answers, and as the caller sees it: every explanation there is. */
const views = async (w: World, ids: readonly string[], { own, visible }: Caller) => {
  const raw: unknown[] = [];
  const masked: unknown[] = [];
  for (const id of ids.filter((one) => one.startsWith(own))) {
    const view = await why(w, id);
    if ('error' in view) continue;
    raw.push(view);
    masked.push(maskedWhy(view, visible), maskedTask(await w.get(id)));
  }
  const decisions = await w.ask<readonly DecisionView[]>((api, reply) =>
    api.explanations.decisions({}, reply),
  );
  const urgent = aTask({ namespace: 'acme', project: 'web', band: 'critical' });
  const dryRun = await w.ask<OrProblem<DryRunView>>((api, reply) => api.explanations.dryRun(urgent, reply));
  masked.push(maskedDecisions(decisions, visible));
  if (!('error' in dryRun)) masked.push(maskedDryRun(dryRun, visible));
  return { raw: [...raw, decisions, dryRun], masked };
};

describe('an explanation of the engine', () => {
  it('names no task, error or session of others when it is masked', async () => {
    let naming = 0;
    await fc.assert(
      fc.asyncProperty(courses, async (course) => {
        const w = await world({ preemption: DEFAULT_POLICY });
        const workers = [
          await w.worker({ worker: 'w1', session: 'session-1', slots: 2 }),
          await w.worker({ worker: 'w2', session: 'session-2', slots: 1, express: 1 }),
        ];
        const ids: string[] = [];
        for (const [at, step] of course.entries()) {
          ids.push(await submitted(w, step, at));
          await w.advance(step.afterMs);
          for (const worker of workers) await end(worker, ids[at >> 1] ?? '', step.ends);
          for (const one of CALLERS) {
            const { raw, masked } = await views(w, ids, one);
            for (const view of masked) expect(named(view, one.hidden) ? view : undefined).toBeUndefined();
            naming += raw.filter((view) => named(view, one.hidden)).length;
          }
        }
      }),
      { numRuns: 60 },
    );
    // Otherwise nothing was masked.
    expect(naming).toBeGreaterThan(1_000);
  });
});
