import type { WorkflowSpec, WorkflowStep } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { workflowIssues } from './check.ts';
import type { ExpressionChecks } from './check/expression-issues.ts';

/** Knows paths of names and nothing else. */
const checks: ExpressionChecks = {
  checkExpression: (text, { names }) =>
    (text.match(/[a-z_.]+/g) ?? [])
      .map((path) => path.split('.')[0] ?? '')
      .filter((name) => !names.includes(name))
      .map((name) => `unknown ${name}`)[0],
  readsOf: (text) => (text.match(/[a-z_.]+/g) ?? []).map((path) => path.split('.')),
};

const task = { type: 'work' } as const;
const issuesOf = (steps: WorkflowSpec['steps'], more: Partial<WorkflowSpec> = {}): readonly string[] =>
  workflowIssues({ steps, ...more }, checks).map(({ field, message }) => `${field} ${message}`);
const issuesOfStep = (step: WorkflowStep): readonly string[] =>
  issuesOf({ pick: { choice: { major: 'input.a', minor: 'input.b' } }, before: { task }, one: step });

describe('a definition of a workflow', () => {
  it('is accepted where each step can start and every expression can be evaluated', () => {
    const steps: WorkflowSpec['steps'] = {
      build: { task, compensate: { ...task, with: { what: 'steps.build.result' } } },
      pick: { needs: ['build'], choice: { major: 'steps.build.result.major', minor: 'input.a' } },
      big: {
        needs: [{ step: 'pick', branch: 'major' }],
        task: { ...task, with: { of: 'steps.build.result' } },
      },
      small: {
        needs: [{ step: 'pick', branch: 'minor' }],
        map: { over: 'input.list', task: { ...task, with: { a: 'item', b: 'index' } } },
      },
      batches: { map: { over: { from: 0, to: 10 }, batch: 2, task: { ...task, with: { a: 'items' } } } },
      again: { repeat: { task: { ...task, with: { a: 'round' } }, until: 'result.ok', max: 3 } },
      join: {
        needs: ['big', 'small', { step: 'again', on: 'failure', optional: true }],
        join: 'any',
        sleep: 1,
      },
    };
    expect(issuesOf(steps, { output: 'steps.join.state' })).toEqual([]);
  });

  it.each<[string, WorkflowStep, string]>([
    [
      'an unknown step',
      { needs: ['befor'], task },
      'steps.one.needs.0 there is no step befor; did you mean before?',
    ],
    [
      'a name that every object has',
      { needs: ['constructor'], task },
      'steps.one.needs.0 there is no step constructor',
    ],
    [
      'the same need twice',
      { needs: ['before', { step: 'before', on: 'ok' }], task },
      'steps.one.needs.1 is the same as needs.0: ok of before',
    ],
    [
      'an unknown branch',
      { needs: [{ step: 'pick', branch: 'huge' }], task },
      'steps.one.needs.0 the choice pick has no branch huge; expected major, minor',
    ],
    [
      'a branch of a step that is no choice',
      { needs: [{ step: 'before', branch: 'x' }], task },
      'steps.one.needs.0 step before is no choice, so it has no branch x',
    ],
    [
      'a join that is larger than its needs',
      { needs: ['before', { step: 'pick', optional: true }], join: 2, task },
      'steps.one.join expects 2 of the 1 needs that are not optional',
    ],
    ['a join of nothing', { join: 'any', task }, 'steps.one.join there are no needs to join'],
    [
      'more approvals than people',
      { approval: { by: ['anna', 'anna'], count: 2 } },
      'steps.one.approval.count 2 have to approve, and only 1 may',
    ],
    [
      'the compensation of what does nothing',
      { sleep: 1, compensate: task },
      'steps.one.compensate a step of the kind sleep does nothing that could be undone; expected task, map, repeat or child',
    ],
    [
      'a range that is too long',
      { map: { over: { from: 5, to: 16 }, max: 10, task } },
      'steps.one.map.over has 11 items; at most 10 are allowed',
    ],
    [
      'a variable of a command that is none',
      { task: { command: 'ls', with: { 'a-b': 'input.a' } } },
      'steps.one.task.with.a-b is no name of a variable, which a command gets it as',
    ],
    [
      'values for a payload that is a text',
      { task: { ...task, payload: 'x', with: { a: 'input.a' } } },
      'steps.one.task.payload has to be an object where there is `with`',
    ],
    ['an expression that is none', { task, when: 'foo.bar' }, 'steps.one.when unknown foo: foo.bar'],
    [
      'an item outside a map',
      { task: { ...task, with: { a: 'item.x' } } },
      'steps.one.task.with.a `item` is known in the task of a map without `batch` only: item.x',
    ],
    [
      'an item in a batch',
      { map: { over: 'input.a', batch: 2, task: { ...task, with: { a: 'item' } } } },
      'steps.one.map.task.with.a `item` is known in the task of a map without `batch` only: item',
    ],
    [
      'a step that is read and not needed',
      { task, when: 'steps.before.result.ok' },
      'steps.one.when step one reads step before, and does not wait for it; name it in `needs`: steps.before.result.ok',
    ],
    [
      'a step that is read and does not exist',
      { task, when: 'steps.no.state' },
      'steps.one.when there is no step no: steps.no.state',
    ],
    [
      'a member that no step has',
      { needs: ['before'], task, when: 'steps.before.coverage' },
      'steps.one.when a step has state, result, error, and no coverage; write `steps.before.result.coverage` for its result: steps.before.coverage',
    ],
    [
      'a step that reads itself',
      { task, when: 'steps.one.state' },
      'steps.one.when step one reads itself before it has ended: steps.one.state',
    ],
    [
      'all steps at once',
      { task, when: 'steps' },
      'steps.one.when `steps` without the name of a step cannot be checked; write `steps.<name>`: steps',
    ],
  ])('is refused for %s', (_, step, issue) => {
    expect(issuesOfStep(step)).toEqual([issue]);
  });

  it.each([1, 2, 20, 1_000])('is refused for a cycle of %i steps, with its path', (length) => {
    const names = Array.from({ length }, (_, n) => `s${n}`);
    const steps = Object.fromEntries(
      names.map((name, n) => [name, { needs: [names[(n + 1) % length] ?? ''], task }]),
    );
    const [issue, ...more] = issuesOf({ ...steps, free: { task }, behind: { needs: ['s0'], task } });
    expect(more).toEqual([]);
    expect(issue).toMatch(/^steps\.s\d+\.needs these steps wait for each other: s\d+( → (s\d+|…))+$/);
  });
});
