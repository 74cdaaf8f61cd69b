import { describe, expect, it } from 'vitest';
import { workflow } from './workflow.ts';

const type = 'work';

describe('a workflow of the builder', () => {
  it('is the definition that its steps say', () => {
    const { name, spec } = workflow('release', (w) => {
      const test = w.task('test', { type });
      const size = w.choice('size', { large: `${test.result('mb')} > 10`, small: 'true' }, { needs: [test] });
      w.approval('approve', { count: 2 }, { needs: [size.branch('large')] });
      w.task(
        'publish',
        { type },
        { needs: [size], when: `${test.state} == "completed"`, compensate: { type } },
      );
      w.task('report', { type }, { needs: [test.on('failure', { optional: true })], join: 'any' });
      w.sleep('later', 1_000);
      return { description: 'ships it', output: test.result() };
    });
    expect(name).toBe('release');
    expect(spec).toEqual({
      description: 'ships it',
      output: 'steps.test.result',
      steps: {
        test: { task: { type } },
        size: { needs: ['test'], choice: { large: 'steps.test.result.mb > 10', small: 'true' } },
        approve: { needs: [{ step: 'size', branch: 'large' }], approval: { count: 2 } },
        publish: {
          needs: ['size'],
          when: 'steps.test.state == "completed"',
          task: { type },
          compensate: { type },
        },
        report: { needs: [{ step: 'test', on: 'failure', optional: true }], join: 'any', task: { type } },
        later: { sleep: 1_000 },
      },
    });
  });

  it('has no branch that its choice does not have', () => {
    workflow('typed', (w) => {
      const size = w.choice('size', { large: 'true' });
      // @ts-expect-error there is no such branch
      w.sleep('a', 1, { needs: [size.branch('huge')] });
    });
  });

  it('refuses a second step of the same name', () => {
    const twice = (): unknown =>
      workflow('twice', (w) => {
        w.sleep('a', 1);
        w.sleep('a', 2);
      });
    expect(twice).toThrow('the workflow has a step a already');
  });
});
