import { describe, expect, it } from 'vitest';
import { checkTask } from './check-task.ts';

const issuesOf = (task: unknown) => {
  const checked = checkTask({ value: task }, { bytes: 100 });
  if ('task' in checked) throw new Error('expected a refusal');
  return checked.problem;
};

describe('the problem of a bad task', () => {
  it('names the field, the limit and the value', () => {
    const problem = issuesOf({ type: 't', name: 'n'.repeat(300), retry: { max: 101 }, band: 'urgent' });
    expect(problem.code).toBe('INVALID_TASK');
    expect(problem.issues?.map(({ field }) => field)).toEqual(['name', 'band', 'retry.max']);
    const [name, band, max] = problem.issues?.map(({ message }) => message) ?? [];
    expect(name).toContain('200');
    expect(name).toContain('(300 characters)');
    expect(band).toContain('"critical"');
    expect(band).toContain('"urgent"');
    expect(max).toContain('100');
    expect(max).toContain('101');
  });

  it('hints at the field that was meant', () => {
    const problem = issuesOf({ type: 't', paylod: 1 });
    expect(problem.issues).toEqual([
      { field: 'paylod', message: 'there is no field "paylod"; did you mean "payload"?' },
    ]);
    expect(problem.message).toBe('paylod: there is no field "paylod"; did you mean "payload"?');
  });

  it('says what is wrong with a duration', () => {
    const problem = issuesOf({ type: 't', timeouts: { attempt: 'soon' } });
    expect(problem.issues?.[0]?.field).toBe('timeouts.attempt');
    expect(problem.issues?.[0]?.message).toContain('"soon"');
  });

  it('says what each branch of a choice expects', () => {
    const problem = issuesOf({ type: 't', expiresAt: 'tomorrow' });
    expect(problem.issues?.[0]).toMatchObject({ field: 'expiresAt' });
    expect(problem.issues?.[0]?.message).toMatch(/number.*, or: .*ISO/);
  });

  it('reads the rules that span fields', () => {
    expect(issuesOf({}).issues?.[0]?.field).toBe('type');
    expect(issuesOf('a text').issues).toEqual([
      { field: 'task', message: 'expected object, received string' },
    ]);
    expect(issuesOf({ command: 'c', env: { '1A': 'x' } }).issues?.[0]?.message).toMatch(/, got "1A"$/);
    expect(issuesOf({ command: 'c', args: Array(1_001).fill('') }).issues?.[0]?.message).toMatch(
      /1000.*, got 1001$/,
    );
  });

  it('shows the first twenty issues and counts them all', () => {
    const problem = issuesOf({ type: 't', args: Array.from({ length: 30 }, () => 1) });
    expect(problem.issues).toHaveLength(20);
    expect(problem.message).toContain('(and 29 more)');
  });
});
