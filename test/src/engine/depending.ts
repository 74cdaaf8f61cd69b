import type { Dependency, DependencyCondition } from '@precedent/contract-types';
import { aTask } from './world.ts';
import type { World } from './world.ts';

export const on = (task: string, condition?: DependencyCondition): Dependency => ({
  task,
  ...(condition && { on: condition }),
});

export const behind = (...dependsOn: readonly (string | Dependency)[]) => ({
  dependsOn: dependsOn.map((each) => (typeof each === 'string' ? on(each) : each)),
});

export const refusal = async (w: World, task: Parameters<World['trySubmit']>[0]) => {
  const answer = await w.trySubmit(task);
  return 'error' in answer ? [answer.error.code, answer.error.message] : ['accepted'];
};

/** Ends a task, which runs or waits for a slot, in one of three ways. */
export const endAs = async (w: World, id: string, verdict: string): Promise<void> => {
  if (verdict === 'cancelled') {
    await w.cancel(id);
    return;
  }
  const worker = await w.worker({ worker: `of-${id}`, types: [`of-${id}`] });
  if (verdict === 'completed') await worker.complete(id);
  else await worker.fail(id);
};

/** A task that `endAs` can end, and no other worker starts. */
export const aSource = (id: string) => aTask({ id, type: `of-${id}`, retry: { max: 0 } });
