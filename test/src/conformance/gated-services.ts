import { addKey, revokeKey } from '@precedent/access';
import type { Grant } from '@precedent/contract-types';
import { callerSubjectsOf } from '@precedent/contracts';
import {
  AuditRecorder,
  LastHosts,
  ensureAuditStream,
  natsAccessRegistry,
  natsAuditStore,
  openApiService,
  openRequestIngress,
  openStreamIngress,
  openWorkerIngress,
} from '@precedent/nats';
import type { Gate } from '@precedent/nats';
import { auditTrail, callersOf, keyDigest } from '@precedent/ports';
import type { Caller } from '@precedent/ports';
import type { natsWorlds } from './nats-world.ts';
import { NO_DEFINITIONS, NO_RUNS, NO_SCHEDULES, scriptedApi } from './scripted-api.ts';

export const NOW = 1_790_000_000_000;

export const aGrant = (role: Grant['role'], more: Partial<Grant> = {}): Grant => ({
  id: `${role}-g`,
  principal: 'ann',
  role,
  namespace: 'acme',
  project: '*',
  ...more,
});

type World = Awaited<ReturnType<ReturnType<typeof natsWorlds>>>;

interface GatedOptions {
  readonly grants: readonly Grant[];
  /** The size of the audit trail. */
  readonly auditBytes?: number;
}

const MIB = 1024 * 1024;

/** Services with a gate before them, and a client whose subjects name the key `k1` of ann. */
export const openGatedServices = async (world: World, { grants, auditBytes = MIB }: GatedOptions) => {
  const { nc, subjects, streams, root } = world;
  const registry = await natsAccessRegistry({ nc, subjects, streams });
  const key = { id: 'k1', principal: 'ann', kind: 'human', sha256: keyDigest('s'), createdAt: 1 } as const;
  await registry.change((state) => addKey(state, key));
  for (const grant of grants) await registry.change(() => ({ kind: 'grant', grant }));
  const api = scriptedApi();
  const seen: Caller[] = [];
  const engine = {
    tasks: api,
    forCaller: (caller: Caller) => {
      seen.push(caller);
      return {
        tasks: api,
        explanations: api,
        definitions: NO_DEFINITIONS,
        runs: NO_RUNS,
        schedules: NO_SCHEDULES,
      };
    },
  };
  await ensureAuditStream({ nc, subjects, streams, maxBytes: auditBytes });
  const trail = auditTrail(natsAuditStore({ nc, subjects, streams }));
  const now = (): number => NOW;
  const audit = new AuditRecorder({ trail, service: 'engine', now });
  const gate = {
    root,
    callers: callersOf(registry, now),
    now,
    audit,
    refresh: () => registry.refresh(),
    hosts: new LastHosts(),
  } satisfies Gate;
  const common = { nc, subjects, gate, engine };
  await openApiService({ ...common, root, version: '1.0.0' });
  await openRequestIngress({ ...common, version: '1.0.0' });
  openWorkerIngress({ nc, workers: api, subjects, cell: 'main', gate, onFault: () => undefined });
  const drops = await openStreamIngress({ ...common, streams, maxBytes: 64 * MIB });
  await nc.flush();
  const client = await world.connect();
  const own = callerSubjectsOf(root, { namespace: 'acme', credential: 'k1' });
  const revoke = () => registry.change((state) => revokeKey(state, 'k1', NOW - 1));
  return { ...world, api, seen, client, own, revoke, drops, audit, trail, gate, registry };
};
