import type { WorkflowStep } from '@precedent/contract-types';
import { cutGraphemes } from '@precedent/kernel';
import { failedWith, undecided, viewOf } from './run-context.ts';
import type { RunContext } from './run-context.ts';
import type { RunFact } from './run-facts.ts';
import type { RunState } from './run-state.ts';

/** What happens to a step that may start now: it is skipped by its own condition, fails, ends at once, or is open from here on. */
export const openStep = (run: RunState, name: string, context: RunContext): RunFact => {
  const { spec, kind } = run.planned(name);
  const { when } = spec;
  if (when !== undefined) {
    const said = context.evaluate(when, viewOf(run));
    if (typeof said.value !== 'boolean') return failedWith(name, undecided(when, said), said.read);
    if (!said.value)
      return {
        type: 'skipped',
        step: name,
        cause: 'condition',
        message: `its condition does not hold: ${when}`,
        read: said.read,
      };
  }
  if (kind === 'choice') return chosen(run, name, spec.choice ?? {}, context);
  if (kind === 'map') return openMap(run, name, context);
  const ms = waitMs(spec);
  return { type: 'opened', step: name, ...(ms !== undefined && { dueAt: context.now + ms }) };
};

/** After which time it ends by itself. */
const waitMs = ({ sleep, approval, signal }: WorkflowStep): number | undefined =>
  sleep ?? approval?.expires ?? signal?.timeout;

const chosen = (
  run: RunState,
  step: string,
  branches: Readonly<Record<string, string>>,
  { evaluate }: RunContext,
): RunFact => {
  const view = viewOf(run);
  for (const [branch, text] of Object.entries(branches)) {
    const said = evaluate(text, view);
    if (typeof said.value !== 'boolean') return failedWith(step, undecided(text, said), said.read);
    if (said.value) return { type: 'ended', step, state: 'completed', result: { branch }, read: said.read };
  }
  const names = Object.keys(branches).join(', ');
  return failedWith(step, { code: 'CONDITION_FAILED', message: `no branch holds: ${names}` });
};

const ITEMS_MAX = 100_000;

/** Characters of a value in a message. */
const SHOWN_CHARS_MAX = 100;

const openMap = (run: RunState, step: string, { evaluate }: RunContext): RunFact => {
  const { over = '[]', max = ITEMS_MAX } = run.planned(step).spec.map ?? {};
  if (typeof over !== 'string') return openItems(step, Math.max(0, over.to - over.from), max);
  const said = evaluate(over, viewOf(run));
  if (said.failure !== undefined) return failedWith(step, undecided(over, said), said.read);
  if (!Array.isArray(said.value)) {
    const message = `map.over is no list: ${over} is ${cutGraphemes(JSON.stringify(said.value) ?? 'nothing', SHOWN_CHARS_MAX)}`;
    return failedWith(step, { code: 'CONDITION_FAILED', message }, said.read);
  }
  return openItems(step, said.value, max);
};

const openItems = (step: string, items: readonly unknown[] | number, max: number): RunFact => {
  const count = typeof items === 'number' ? items : items.length;
  if (count <= max) return { type: 'opened', step, items };
  const message = `map.over has ${count} items; at most ${max} are taken, and none was started`;
  return failedWith(step, { code: 'CONDITION_FAILED', message });
};
