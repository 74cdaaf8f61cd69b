import type { Problem } from '@precedent/kernel';
import { conditionOutcome } from '@precedent/ports';
import type { Conditions, ConditionOutcome } from '@precedent/ports';
import type { TaskClass } from '@precedent/tasks';
import { readNote } from '../explain/read-note.ts';

/** A result that its task reported. */
interface Reported {
  readonly id: string;
  readonly result: unknown;
}

/** What the conditions on a result say; `error`: one does not hold, or could not be decided. */
export interface Validated {
  readonly error?: Problem;
  /** What they read, as JSON by path. */
  readonly read: Readonly<Record<string, string>>;
}

/** What a condition on a result is written over. */
const USE = { names: ['id', 'result'], says: 'bool' } as const;

const NO_CONDITIONS = 'this engine evaluates none';

/** Why a task with these conditions on its result is not accepted; `undefined` when it is. */
export const validationRefusal = (
  { validate }: Pick<TaskClass, 'validate'>,
  conditions: Conditions | undefined,
): Problem | undefined => {
  const issues = (validate ?? []).flatMap((condition, index) => {
    const message = conditions === undefined ? NO_CONDITIONS : conditions.checkExpression(condition, USE);
    return message === undefined ? [] : [{ field: `validate.${index}`, message }];
  });
  const [first] = issues;
  return (
    first && { code: 'INVALID_TASK', message: `${first.field} is no condition: ${first.message}`, issues }
  );
};

/** Evaluates the conditions on a result, in their order, up to the first that does not hold. */
export const validated = (
  validate: readonly string[],
  { id, result }: Reported,
  conditions: Conditions | undefined,
): Validated => {
  let read: Validated['read'] = {};
  for (const condition of validate) {
    const decision = conditionOutcome(
      conditions?.evaluate(condition, { id, result: result ?? null }) ?? { failure: NO_CONDITIONS, read: {} },
    );
    if (decision.holds !== true) return { error: invalid(condition, decision), read: decision.read };
    read = { ...read, ...decision.read };
  }
  return { read };
};

const invalid = (condition: string, { failure, read }: ConditionOutcome): Problem => {
  const seen = readNote({ read });
  const details = { validate: condition, read };
  if (failure !== undefined) {
    const message = `its result could not be validated: ${condition}: ${failure}${seen}`;
    return { code: 'CONDITION_FAILED', message, details };
  }
  return { code: 'RESULT_INVALID', message: `its result is not valid: ${condition}${seen}`, details };
};
