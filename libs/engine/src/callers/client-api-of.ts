import { isInScope } from '@precedent/access';
import { ANY } from '@precedent/contract-types';
import type { Caller, ClientApi } from '@precedent/ports';
import type { BaseParts } from '../cell/base-parts.ts';
import { CallerExplanations } from './caller-explanations.ts';
import type { DefinitionRulesOf } from '../definitions/definition-rules.ts';
import { CallerDefinitions } from './caller-definitions.ts';
import { CallerRuns } from './caller-runs.ts';
import { CallerSchedules } from './caller-schedules.ts';
import { scheduleSpecOf } from '../schedules/schedule-definition.ts';
import { CallerTasks } from './caller-tasks.ts';
import type { CriticalBudgets } from './critical-budgets.ts';
import { TaskCaller } from './task-caller.ts';

export type CallerParts = Pick<BaseParts, 'clock' | 'options' | 'state'> & {
  readonly budgets: CriticalBudgets;
  readonly definitionRules: DefinitionRulesOf;
};

/** What a caller may use of an API: all of it where access is open, and for an operation of the cell. */
export const clientApiOf = (api: ClientApi, { principal, scope }: Caller, parts: CallerParts): ClientApi => {
  if (principal === undefined || scope.namespace === ANY) return api;
  const { clock, options, state, budgets } = parts;
  const { defaults } = options;
  const seesTask = (id: string): boolean => {
    const row = state.table.get(id);
    return row !== undefined && isInScope(scope, row.class);
  };
  const hidesTask = (id: string): boolean => state.table.get(id) !== undefined && !seesTask(id);
  const caller = new TaskCaller({ principal, scope, budgets, defaults, now: clock.now() });
  const tasks = new CallerTasks(api.tasks, caller, { seesTask, hidesTask });
  const visible = { namespace: scope.namespace, seesTask };
  const { definitionRules: rules } = parts;
  const definitions = new CallerDefinitions({
    definitions: api.definitions,
    rules,
    principal,
    scope,
    // Who may not submit a task may not have it submitted.
    specRefusal: (of, { namespace, spec }) =>
      of === 'schedule'
        ? caller.refusalOf({ ...scheduleSpecOf({ spec }).task, namespace }, undefined)
        : undefined,
    now: clock.now(),
  });
  const { explanations, runs, schedules } = api;
  const { namespace } = scope;
  return {
    tasks,
    explanations: new CallerExplanations({ explanations, tasks, definitions, visible, caller }),
    definitions,
    runs: new CallerRuns({ runs, tasks, caller }),
    schedules: new CallerSchedules({ schedules, definitions, namespace, by: principal.principal.name }),
  };
};
