import type { WorkflowSpec } from '@precedent/contract-types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphOf } from './graph.ts';
import { mermaidText } from './mermaid.ts';
import { terminalText } from './terminal.ts';

const task = { type: 'work' } as const;

const release: WorkflowSpec = {
  steps: {
    test: { task: { command: 'npm test' } },
    build: { task: { command: 'npm run build' } },
    approve: { needs: ['test', 'build'], approval: { by: ['anna', 'ben'], count: 2 } },
    publish: { needs: ['approve'], task: { type: 'storage.copy' } },
    smoke: { needs: ['publish'], task },
    report: { needs: [{ step: 'smoke', on: 'failure' }], task },
    tidy: { needs: [{ step: 'smoke', on: 'completion', optional: true }, 'build'], sleep: 5_000 },
  },
};

/** Each step needs some of those before it. */
const anyWorkflow = fc
  .array(fc.array(fc.nat(100), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
  .map((needs): WorkflowSpec => ({
    steps: Object.fromEntries(
      needs.map((of, n) => [
        `step_${n}`,
        { needs: n === 0 ? [] : [...new Set(of.map((one) => `step_${one % n}`))], task },
      ]),
    ),
  }));

describe('a workflow in the terminal', () => {
  it('has a lane for each need that leads past other steps', () => {
    expect(terminalText(graphOf(release))).toBe(RELEASE);
  });

  it('shows what each step of a run is', () => {
    const text = terminalText(
      graphOf(release, { test: 'completed', build: 'failed', approve: 'skipped', publish: 'timed_out' }),
    );
    expect(text).toMatch(/✓ +test +completed task npm test/);
    expect(text).toMatch(/✗ +build +failed task/);
    expect(text).toMatch(/– .*approve +skipped/);
    expect(text).toMatch(/✗ .*publish +timed out/);
    expect(text).toMatch(/○ .*smoke +task work/);
  });

  it('fits 80 columns and names each step once, whatever the workflow', () => {
    fc.assert(
      fc.property(anyWorkflow, (spec) => {
        const lines = terminalText(graphOf(spec)).split('\n');
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
        const named = lines.flatMap((line) => (line.includes('○') ? [/step_\d+/.exec(line)?.[0] ?? ''] : []));
        expect(named.toSorted()).toEqual(Object.keys(spec.steps).toSorted());
      }),
    );
  });

  it('lists the steps with their needs where it would need too many lanes', () => {
    const names = Array.from({ length: 40 }, (_, n) => `part_${n}`);
    const steps = {
      start: { task },
      ...Object.fromEntries(names.map((name) => [name, { needs: ['start'], task }])),
      end: { needs: names, task },
    };
    const text = terminalText(graphOf({ steps }));
    expect(text).toContain('○ part_39  task work\n    needs start\n');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe('a workflow as Mermaid', () => {
  it('has a node for each step, an arrow for each need, and a class for what a step is', () => {
    expect(mermaidText(graphOf(release, { test: 'completed', build: 'waiting' }))).toBe(MERMAID);
  });

  it('escapes what a definition says', () => {
    const steps = {
      end: { task: { command: '"]; click end "javascript:alert(1)' } },
      b: { needs: ['end'], when: '`x` < "y"', task },
    };
    const text = mermaidText(graphOf({ steps }));
    expect(text).toContain('step_end["end<br/>task #34;#93;#59; click end #34;javascript:alert(1)"]');
    expect(text).not.toMatch(/`|< /);
  });
});

const RELEASE = `\
○      test     task npm test
│ ○    build    task npm run build
│ ├─╮
├─╯ │
○   │  approve  approval by 2 of anna, ben
○   │  publish  task storage.copy
○   │  smoke    task work
├─╮ │
○ │ │  report   task work, on failure of smoke
  ├─╯
  ○    tidy     sleep 5.0s, after completion of smoke
`;
const MERMAID = `\
flowchart TD
  step_test["test<br/>task npm test"]
  step_build["build<br/>task npm run build"]
  step_approve{{"approve<br/>approval by 2 of anna, ben"}}
  step_publish["publish<br/>task storage.copy"]
  step_smoke["smoke<br/>task work"]
  step_report["report<br/>task work"]
  step_tidy(["tidy<br/>sleep 5.0s"])
  step_test --> step_approve
  step_build --> step_approve
  step_approve --> step_publish
  step_publish --> step_smoke
  step_smoke -->|"failure"| step_report
  step_smoke -.->|"completion"| step_tidy
  step_build --> step_tidy
  classDef completed fill:#dcfce7,stroke:#16a34a
  class step_test completed
`;
