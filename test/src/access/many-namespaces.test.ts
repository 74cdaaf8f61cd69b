import { streamsOf, subjectsOf } from '@precedent/contracts';
import { AuditRecorder, openApiService } from '@precedent/nats';
import { auditTrail, callersOf } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { until } from '../conformance/nats-world.ts';
import { everybodyMayUse, scriptedApi } from '../conformance/scripted-api.ts';
import { accessWorld, refusalOf } from './world.ts';

const NAMESPACES = 10_000;

/** A server with a service of the engine, and a key of ann with a grant in each of ten thousand namespaces. */
const setup = async () => {
  const world = await accessWorld();
  const { nc, registry, root } = world;
  const key = await world.key('ann');
  const grant = { principal: 'ann', role: 'operator', project: '*' };
  for (let n = 0; n < NAMESPACES; n++) {
    const text = JSON.stringify({ ...grant, id: `g${n}`, namespace: `n${n}` });
    nc.publish(`$KV.${streamsOf(root).access}.grant.g${n}`, text);
  }
  await until(() => registry.grants().length === NAMESPACES);
  const trail = auditTrail({ put: async () => 'stored', last: async () => undefined, read: async () => [] });
  const audit = new AuditRecorder({ trail, service: 'engine', now: Date.now });
  const gate = {
    root,
    callers: callersOf(registry, Date.now),
    now: Date.now,
    audit,
    refresh: () => registry.refresh(),
  };
  const engine = everybodyMayUse(scriptedApi());
  await openApiService({ nc, engine, gate, subjects: subjectsOf(root), root, version: '1.0.0' });
  await nc.flush();
  return { ...world, key };
};

describe('a key with grants in ten thousand namespaces', () => {
  it('connects, works in each of them, and is refused outside by server and service', async () => {
    const { connectAs, key, root } = await setup();
    const client = await connectAs(key);
    const listOf = async (namespace: string): Promise<unknown> =>
      (await client.request(`${root}.ns.${namespace}.task.list.${key.id}`, '{}')).json();
    for (const namespace of ['n0', `n${NAMESPACES - 1}`])
      expect(await listOf(namespace)).toEqual({ tasks: [], truncated: false });
    expect(await listOf('n10000')).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await listOf('*')).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    expect(await refusalOf(client, () => client.subscribe(`${root}.events.n5.*.*.*`))).toBeUndefined();
    for (const subject of [`${root}.events.n10000.*.*.*`, `${root}.events.>`, '>'])
      expect(await refusalOf(client, () => client.subscribe(subject))).toContain('Permissions Violation');
    for (const subject of [`${root}.ns.n0.task.list.other`, `${root}.task.list`, '$JS.API.INFO'])
      expect(await refusalOf(client, () => client.publish(subject))).toContain('Permissions Violation');
  });
});
