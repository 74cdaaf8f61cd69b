import type { Dependency } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { submissionOrder } from '@precedent/orchestration';
import type { Offer } from '@precedent/ports';
import { cycleProblem } from './dependency-refusal.ts';

type Refused = { readonly error: Problem };

const taskOf = (
  offer: Offer,
): { readonly id?: string | undefined; readonly dependsOn?: readonly Dependency[] | undefined } =>
  'problem' in offer ? { id: offer.id } : { id: offer.task.id ?? offer.id, dependsOn: offer.task.dependsOn };

/**
 * Accepts the tasks of one submission, each behind those of it that it depends on, whatever their order; the outcomes are in the order of
 * the offers. A task in a cycle is refused with its path, and one that depends on a refused task is refused too.
 */
export const acceptInOrder = <Outcome extends object>(
  offers: readonly Offer[],
  accept: (offer: Offer) => Outcome | Refused,
): readonly (Outcome | Refused)[] => {
  const tasks = offers.map(taskOf);
  const outcomes = new Map<number, Outcome | Refused>();
  const refused = new Map<string, Problem>();
  const { order, cycles } = submissionOrder(tasks);
  for (const [index, cycle] of cycles) outcomes.set(index, { error: cycleProblem(cycle) });
  for (const index of order) {
    const [offer, task] = [offers[index], tasks[index]];
    if (offer === undefined || task === undefined) continue;
    const behind = task.dependsOn?.find((dependency) => refused.has(dependency.task))?.task;
    const outcome =
      behind === undefined ? accept(offer) : { error: refusedBehind(behind, refused.get(behind)) };
    if ('error' in outcome && task.id !== undefined) refused.set(task.id, outcome.error as Problem);
    outcomes.set(index, outcome);
  }
  return offers.map((_, index) => outcomes.get(index) ?? { error: UNANSWERED });
};

const refusedBehind = (id: string, problem: Problem | undefined): Problem => ({
  code: 'DEPENDENCY_REFUSED',
  message: `it depends on task ${id} of the same submission, which was refused: ${problem?.code ?? 'INTERNAL'}`,
});

const UNANSWERED: Problem = { code: 'INTERNAL', message: 'the engine gave no answer for this task' };
