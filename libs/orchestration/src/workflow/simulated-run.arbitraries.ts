import type { WorkflowSpec } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { Ended } from '../ended.ts';
import { applyReused, applyRunFact, stepTaskEnded, stepTaskStarted } from './fold-run.ts';
import { dueSteps, nextDue, nextMove } from './next-move.ts';
import type { RunMove, RunVerdict } from './open-moves.ts';
import type { Evaluated } from './run-context.ts';
import type { RunFact, StepLink } from './run-facts.ts';
import { RunState } from './run-state.ts';

type Begun = Extract<RunFact, { type: 'begun' }>;

/** A run without an engine: what it submits is a list, and a test says how the tasks end. */
export class SimulatedRun {
  now = 1_000;
  state: RunState;
  readonly open = new Map<string, StepLink>();
  readonly submitted: { readonly key: string; readonly task: Readonly<Record<string, unknown>> }[] = [];
  readonly facts: RunFact[] = [];
  readonly cancelled: string[] = [];
  verdict: RunVerdict | undefined;
  readonly #definition: WorkflowSpec;
  readonly #evaluate: (text: string, input: Readonly<Record<string, unknown>>) => Evaluated;

  constructor(
    definition: WorkflowSpec,
    {
      begun = {},
      evaluate = plainValue,
    }: {
      readonly begun?: Partial<Begun>;
      readonly evaluate?: (text: string, input: Readonly<Record<string, unknown>>) => Evaluated;
    } = {},
  ) {
    this.#definition = definition;
    this.#evaluate = evaluate;
    this.state = new RunState(definition, { input: begun.input ?? {} });
    applyReused(this.state, { type: 'begun', input: {}, ...begun }, this.now);
    this.go();
  }

  /** Does all that can be done now. */
  go(): void {
    for (let moves = 0; this.verdict === undefined; moves++) {
      if (moves > 1_000_000) throw new Error('the run does not come to rest');
      const move = nextMove(this.state, { now: this.now, evaluate: this.#evaluate });
      if (move === undefined) return;
      this.#do(move);
    }
  }

  fact(fact: Exclude<RunFact, Begun>): void {
    this.facts.push(fact);
    applyRunFact(this.state, fact, this.now);
    this.go();
  }

  /** The task of a step ends: `name`, `name.index`, `name.rround` or `name.undo`. */
  end(key: string, verdict: Ended['verdict'] = 'completed', result?: unknown): void {
    const link = this.open.get(key);
    if (link === undefined) throw new Error(`${key} is not open: ${[...this.open.keys()].join(', ')}`);
    this.open.delete(key);
    const problem: Problem | undefined =
      verdict === 'completed' ? undefined : { code: 'INTERNAL', message: `${key} is ${verdict}` };
    stepTaskEnded(this.state, link, { verdict, result, problem, at: this.now });
    this.go();
  }

  advance(ms: number): void {
    this.now += ms;
    if ((nextDue(this.state) ?? Number.POSITIVE_INFINITY) > this.now) return;
    dueSteps(this.state, this.now);
    this.go();
  }

  /** The run as another engine would have it from a snapshot. */
  restart(): void {
    this.state = RunState.restored(JSON.parse(JSON.stringify(this.state.stored())));
    if (this.state.plan.spec === this.#definition) throw new Error('nothing was restored');
    this.go();
  }

  states(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.state.steps].map(([name, { state }]) => [name, state]));
  }

  #do(move: RunMove): void {
    switch (move.kind) {
      case 'fact': {
        if (move.fact.type === 'begun') throw new Error('it has begun');
        this.facts.push(move.fact);
        return applyRunFact(this.state, move.fact, this.now);
      }
      case 'submit': {
        const link = { run: 'r', ...move.link };
        const key = keyOf(link);
        if (this.submitted.some((one) => one.key === key)) throw new Error(`${key} was submitted twice`);
        this.submitted.push({ key, task: move.task });
        this.open.set(key, link);
        return stepTaskStarted(this.state, link);
      }
      case 'cancel':
        this.cancelled.push(move.step);
        this.state.stopping.add(move.step);
        return;
      case 'settle':
        this.verdict = move.verdict;
    }
  }
}

const keyOf = ({ step, index, round, compensates }: StepLink): string => {
  if (compensates) return `${step}.undo`;
  if (round !== undefined) return `${step}.r${round}`;
  return index === undefined ? step : `${step}.${index}`;
};

/** `true`, `false`, numbers, lists, and paths such as `steps.a.result`. */
export const plainValue = (text: string, input: Readonly<Record<string, unknown>>): Evaluated => {
  if (!/^[a-z]/.test(text) || text === 'true' || text === 'false')
    return { value: JSON.parse(text) as unknown, read: {} };
  const value = text
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], input);
  if (value === undefined) return { failure: `no ${text}`, read: { [text]: 'missing' } };
  return { value, read: { [text]: JSON.stringify(value) } };
};
