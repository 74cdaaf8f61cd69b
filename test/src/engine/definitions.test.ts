import type { DefinitionView, ProjectSpec } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { callerIn } from './definition-callers.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

type Answer =
  | DefinitionView<object>
  | { readonly error: { readonly code: string; readonly message: string } };

const put = (w: World, name: string, spec: ProjectSpec, expect?: number) =>
  w.ask<Answer>((api, reply) => api.definitions.put('project', { name, spec, expect }, reply));
const get = (w: World, name: string) =>
  w.ask<Answer>((api, reply) => api.definitions.get('project', { name }, reply));
const remove = (w: World, name: string, expect?: number) =>
  w.ask<Answer>((api, reply) => api.definitions.delete('project', { name, expect }, reply));

describe('a definition', () => {
  it('is made, gets another spec, and is gone when it is deleted', async () => {
    const w = await world();
    expect(await put(w, 'shop', { weight: 2 })).toMatchObject({
      namespace: 'default',
      name: 'shop',
      revision: 1,
      spec: { weight: 2 },
    });
    const changed = await put(w, 'shop', { bandMax: 'low' });
    expect(changed).toMatchObject({ revision: 2, spec: { bandMax: 'low' } });
    expect(await remove(w, 'shop')).toEqual(changed);
    expect(await get(w, 'shop')).toMatchObject({ error: { code: 'DEFINITION_NOT_FOUND' } });
    expect(await put(w, 'shop', {})).toMatchObject({ revision: 1 });
  });

  it('is not changed when it has another revision than its client expects', async () => {
    const w = await world();
    expect(await put(w, 'shop', {}, 1)).toMatchObject({
      error: { code: 'PRECONDITION_FAILED', message: 'project shop does not exist; expected revision 1' },
    });
    expect(await put(w, 'shop', {}, 0)).toMatchObject({ revision: 1 });
    expect(await put(w, 'shop', {}, 0)).toMatchObject({ error: { code: 'PRECONDITION_FAILED' } });
    expect(await remove(w, 'shop', 2)).toMatchObject({ error: { code: 'PRECONDITION_FAILED' } });
    expect(await get(w, 'shop')).toMatchObject({ revision: 1 });
  });

  it('outlives its engine, from the journal and from a snapshot', async () => {
    const w = await world();
    for (const name of ['a', 'b', 'c']) await put(w, name, { weight: 3 });
    await remove(w, 'b');
    const before = await get(w, 'a');
    const taken = w.engine.cell?.snapshots.take();
    await w.clock.settle();
    await taken;
    for (const from of ['journal', 'snapshot'] as const) {
      const state = await w.rebuilt(from);
      expect([...state.definitions.all()].map(({ name }) => name)).toEqual(['a', 'c']);
    }
    await w.restart();
    expect(await get(w, 'a')).toEqual(before);
  });

  it('is listed by name, page by page', async () => {
    const w = await world();
    for (const name of ['d', 'b', 'a', 'c']) await put(w, name, {});
    const page = (cursor?: string) =>
      w.ask((api, reply) => api.definitions.list('project', { limit: 3, cursor }, reply));
    expect(await page()).toMatchObject({ items: [{ name: 'a' }, { name: 'b' }, { name: 'c' }], cursor: 'c' });
    const last = await page('c');
    expect(last).toMatchObject({ items: [{ name: 'd' }] });
    expect(last).not.toHaveProperty('cursor');
  });
});

describe('a project', () => {
  it('has no task above its highest band, neither submitted nor moved there', async () => {
    const w = await world();
    await put(w, 'shop', { bandMax: 'normal' });
    const refused = { error: { code: 'INVALID_TASK', issues: [{ field: 'band' }] } };
    const task = (band: 'high' | 'normal') => aTask({ id: band, project: 'shop', band });
    expect(await w.trySubmit(task('high'))).toMatchObject(refused);
    await w.submit(task('normal'), aTask({ id: 'other', band: 'high' }));
    const moved = await w.ask((api, reply) => api.tasks.reband({ id: 'normal', band: 'high' }, reply));
    expect(moved).toMatchObject(refused);
    expect(await w.get('normal')).toMatchObject({ band: 'normal' });
  });
});

describe('a caller', () => {
  it('changes definitions of its project only, and is named in them', async () => {
    const w = await world();
    const ask = (projects: string, name: string) =>
      w.ask<Answer>((api, reply) =>
        api.forCaller(callerIn('acme', projects)).definitions.put('project', { name, spec: {} }, reply),
      );
    expect(await ask('shop', 'shop')).toMatchObject({ namespace: 'acme', by: 'ann', revision: 1 });
    expect(await ask('shop', 'other')).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await ask('*', 'other')).toMatchObject({ revision: 1 });
  });

  it('sees no definition outside its scope', async () => {
    const w = await world();
    await put(w, 'shop', {});
    const all = callerIn('acme', '*');
    const one = callerIn('acme', 'shop');
    for (const name of ['shop', 'other'])
      await w.ask((api, reply) => api.forCaller(all).definitions.put('project', { name, spec: {} }, reply));
    const names = await w.ask((api, reply) => api.forCaller(one).definitions.list('project', {}, reply));
    expect(names).toMatchObject({ items: [{ name: 'shop', namespace: 'acme' }] });
    const hidden = (call: 'get' | 'delete') =>
      w.ask((api, reply) => api.forCaller(one).definitions[call]('project', { name: 'other' }, reply));
    expect(await hidden('get')).toMatchObject({ error: { code: 'DEFINITION_NOT_FOUND' } });
    expect(await hidden('delete')).toMatchObject({ error: { code: 'DEFINITION_NOT_FOUND' } });
  });
});
