import { describe, expect, it } from 'vitest';
import { workflowSpecSchema } from './workflow.ts';

const task = { type: 'work' };
const problemsOf = (steps: object, more: object = {}): readonly string[] => {
  const { error } = workflowSpecSchema.safeParse({ steps, ...more });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('the schema of a workflow', () => {
  it('takes every kind of step, with durations as texts', () => {
    const steps = {
      a: { task: { command: 'ls', timeouts: { attempt: '5m' }, with: { A: 'input.a' } }, compensate: task },
      b: { needs: ['a', { step: 'a', on: 'failure', optional: true }], join: 'any', choice: { x: 'true' } },
      c: {
        needs: [{ step: 'b', branch: 'x' }],
        map: { over: { from: 0, to: 0 }, task, tolerate: { share: 0.1 } },
      },
      d: { repeat: { task, until: 'result.ok', max: 3, delay: '10s' } },
      e: { child: { workflow: 'other.one', input: { a: '1' }, close: 'abandon' } },
      f: { approval: { by: ['anna'], expires: '1h', onExpiry: 'approve' } },
      g: { signal: { timeout: '1h', onTimeout: 'complete' } },
      h: { sleep: '2s', when: 'true' },
    };
    const { steps: read } = workflowSpecSchema.parse({
      steps,
      input: { a: 1 },
      onFailure: 'cancel',
      output: '1',
    });
    expect(read['a']?.task).toMatchObject({ timeouts: { attempt: 300_000 } });
    expect(read['d']?.repeat?.delay).toBe(10_000);
    expect(read['h']?.sleep).toBe(2_000);
  });

  it.each<[string, object, RegExp]>([
    [
      'no kind',
      { one: { needs: [] } },
      /^steps\.one: a step has exactly one of task, choice, .*; got none of them$/,
    ],
    ['two kinds', { one: { task, sleep: 1 } }, /^steps\.one: .*; got task and sleep$/],
    ['an unknown member', { one: { task, need: ['a'] } }, /^steps\.one: Unrecognized key: "need"$/],
    [
      'a member that the run decides',
      { one: { task: { ...task, id: 'a' } } },
      /^steps\.one\.task: Unrecognized key: "id"$/,
    ],
    [
      'a name with a dash',
      { 'a-b': { sleep: 1 } },
      /^steps\.a-b: the name of a step begins with a letter, and has at most 40/,
    ],
    ['a name that is too long', { ['a'.repeat(41)]: { sleep: 1 } }, /the name of a step begins with/],
    ['a name __proto__', JSON.parse('{"__proto__": {"sleep": 1}}') as object, /__proto__/],
    ['no steps', {}, /^steps: a workflow has at least one step$/],
    [
      'too many steps',
      Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`s${n}`, { sleep: 1 }])),
      /^steps: at most 1000 steps$/,
    ],
    [
      'a need that is none',
      { one: { task, needs: [{ stepp: 'a' }] } },
      /^steps\.one\.needs\.0: expected the name of a step/,
    ],
    [
      'a join that is a word',
      { one: { task, needs: ['one'], join: 'most' } },
      /^steps\.one\.join: expected "all" or "any"/,
    ],
    [
      'a range that ends before it begins',
      { one: { map: { over: { from: 2, to: 1 }, task } } },
      /^steps\.one\.map\.over/,
    ],
    [
      'a choice without branches',
      { one: { choice: {} } },
      /^steps\.one\.choice: a choice has at least one branch$/,
    ],
    [
      'a task without a type',
      { one: { task: { payload: 1 } } },
      /^steps\.one\.task\.type: a task needs a type, or a command$/,
    ],
    [
      'a duration that is none',
      { one: { sleep: 'soon' } },
      /^steps\.one\.sleep: expected milliseconds or a text/,
    ],
    ['an empty expression', { one: { task, when: '' } }, /^steps\.one\.when: /],
  ])('refuses %s', (_, steps, problem) => {
    expect(problemsOf(steps)).toEqual([expect.stringMatching(problem)]);
  });
});
