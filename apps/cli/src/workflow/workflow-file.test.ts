import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '@precedent/kernel';
import { graphOf } from '@precedent/orchestration';
import { describe, expect, it } from 'vitest';
import { checkedWorkflows } from './workflow-file.ts';
import { workflowSvg } from './workflow-svg.ts';

const EXAMPLES = path.resolve(import.meta.dirname, '../../../../examples/workflows');

const read = (text: string) => checkedWorkflows({ cwd: '/', stdin: Readable.from([Buffer.from(text)]) }, '-');

const problemsOf = async (text: string): Promise<readonly string[]> => {
  try {
    await read(text);
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { message, issues = [] } = error.toProblem();
    return [message, ...issues.map(({ field, message: why }) => `${field}: ${why}`)];
  }
};

describe('a workflow in a file', () => {
  it.each(readdirSync(EXAMPLES))('is right in the example %s, and can be drawn', async (file) => {
    const [workflow] = await checkedWorkflows({ cwd: EXAMPLES, stdin: Readable.from([]) }, file);
    expect(workflow?.name).toBe(path.parse(file).name);
    const steps = Object.keys(workflow?.spec.steps ?? {});
    const svg = workflowSvg(graphOf(workflow?.spec ?? { steps: {} }));
    expect(steps.filter((step) => !svg.includes(`>${step}</text>`))).toEqual([]);
    expect(svg).not.toContain('NaN');
  });

  it('is drawn as SVG whatever characters its texts have', () => {
    const steps = { one: { task: { type: '<a>&"\u0000\u001b\ud800😀' } } };
    const svg = workflowSvg(graphOf({ steps }));
    expect(svg).toMatch(/>task &lt;a&gt;&amp;&quot;[^<]*😀</u);
    expect(['\u0000', '\u001b'].filter((char) => svg.includes(char))).toEqual([]);
    expect(svg.isWellFormed()).toBe(true);
  });

  it('is read with durations as texts, and every problem of it is named', async () => {
    const [workflow] = await read('{kind: workflow, name: a, spec: {steps: {one: {sleep: 5m}}}}');
    expect(workflow?.spec.steps['one']?.sleep).toBe(300_000);
    expect(await problemsOf('kind: workflow\nname: a\nspec: {steps: {one: {sleep: 5x}}}')).toEqual([
      expect.stringMatching(/^-:1: steps\.one\.sleep: expected milliseconds or a text such as "30s"/),
      expect.stringMatching(/^steps\.one\.sleep: /),
    ]);
    const two = '{one: {sleep: 1, needs: [secnd]}, second: {sleep: 1, when: input.a + }}';
    expect(await problemsOf(`{kind: workflow, name: a, spec: {steps: ${two}}}`)).toEqual([
      '-:1: 2 problems',
      'steps.one.needs.0: there is no step secnd; did you mean second?',
      expect.stringMatching(/^steps\.second\.when: .*: input\.a \+$/),
    ]);
    expect(await problemsOf('{kind: project, name: a, spec: {}}')).toEqual(['-: it holds no workflow']);
  });
});
