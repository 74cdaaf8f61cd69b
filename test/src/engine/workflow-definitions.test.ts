import type { DefinitionView, WorkflowSpec } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { callerIn } from './definition-callers.ts';
import { world } from './world.ts';
import type { World } from './world.ts';

type Answer =
  | DefinitionView<object>
  | {
      readonly error: {
        readonly code: string;
        readonly message: string;
        readonly issues?: readonly object[];
      };
    };

const put = (w: World, spec: WorkflowSpec) =>
  w.ask<Answer>((api, reply) => api.definitions.put('workflow', { name: 'release', spec }, reply));

const build = { task: { type: 'build' } };

describe('a registered workflow', () => {
  it('gets a revision with each spec, and outlives its engine', async () => {
    const w = await world();
    const steps = { build, test: { needs: ['build'], sleep: 5_000, when: 'steps.build.result.ok' } };
    expect(await put(w, { steps: { build } })).toMatchObject({ revision: 1 });
    expect(await put(w, { steps })).toMatchObject({ revision: 2, spec: { steps } });
    await w.restart();
    const after = await w.ask((api, reply) => api.definitions.get('workflow', { name: 'release' }, reply));
    expect(after).toMatchObject({ revision: 2, spec: { steps } });
  });

  it('is refused with everything that is wrong with it, and the one before stays', async () => {
    const w = await world();
    await put(w, { steps: { build } });
    const refused = await put(w, {
      steps: {
        build: { ...build, needs: ['test'] },
        test: { needs: ['build'], sleep: 1, when: 'steps.build.result.ok +' },
      },
    });
    expect(refused).toMatchObject({
      error: {
        code: 'INVALID_REQUEST',
        message: expect.stringMatching(
          /^spec\.steps\.\w+\.needs: these steps wait for each other: /,
        ) as string,
        issues: [{}, { field: 'spec.steps.test.when' }],
      },
    });
    const after = await w.ask((api, reply) => api.definitions.get('workflow', { name: 'release' }, reply));
    expect(after).toMatchObject({ revision: 1 });
  });

  it('is changed by those who may submit to all projects of the namespace', async () => {
    const w = await world();
    const ask = (projects: string) =>
      w.ask<Answer>((api, reply) =>
        api
          .forCaller(callerIn('acme', projects))
          .definitions.put('workflow', { name: 'release', spec: { steps: { build } } }, reply),
      );
    expect(await ask('shop')).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await ask('*')).toMatchObject({ revision: 1, by: 'ann' });
  });
});
