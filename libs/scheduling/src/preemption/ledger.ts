import type { BandRank } from '@precedent/kernel';
import type { VictimCandidate } from './candidate.ts';
import { classRulesOf } from './policy.ts';
import type { Policy } from './policy.ts';
import type { PoolUse, Running, TenantUse, WorkflowUse } from './snapshot.ts';

/**
 * f: the budgets of a round: what pools, tenants and workflows can still afford. A lease that never started and a task that
 * only waits lose nothing, so only the floor counts for them.
 */
export class Ledger {
  readonly #policy: Policy;
  readonly #pools = new Map<string, PoolUse>();
  readonly #tenants = new Map<string, TenantUse>();
  readonly #workflows = new Map<string, WorkflowUse>();

  constructor(
    policy: Policy,
    use: {
      readonly pools: readonly PoolUse[];
      readonly tenants: readonly TenantUse[];
      readonly workflows: readonly WorkflowUse[];
    },
  ) {
    this.#policy = policy;
    for (const pool of use.pools) this.#pools.set(pool.pool, pool);
    for (const tenant of use.tenants) this.#tenants.set(tenant.tenant, tenant);
    for (const workflow of use.workflows) this.#workflows.set(workflow.workflow, workflow);
  }

  get uses(): { pools: PoolUse[]; tenants: TenantUse[]; workflows: WorkflowUse[] } {
    return {
      pools: [...this.#pools.values()],
      tenants: [...this.#tenants.values()],
      workflows: [...this.#workflows.values()],
    };
  }

  pool(name: string): PoolUse | undefined {
    return this.#pools.get(name);
  }

  sharePercentOf = (tenant: string): number => this.#tenants.get(tenant)?.sharePercent ?? FAIR_PERCENT;

  tokensOf(tenant: string): number | undefined {
    return this.#tenants.get(tenant)?.tokens;
  }

  /** Whether the budgets allow one more than those that are chosen already. */
  allows(candidate: VictimCandidate, chosen: readonly VictimCandidate[]): boolean {
    if (!this.#floorAllows(candidate.task, chosen)) return false;
    return candidate.kind !== 'victim' || this.#budgetsAllow(candidate.task, chosen);
  }

  breaksSoftBudget = (task: Running): boolean => {
    const tenant = this.#tenants.get(task.tenant);
    if (tenant?.tokens !== undefined && tenant.tokens - 1 < (tenant.softTokens ?? 0)) return true;
    const workflow = this.#workflow(task);
    return workflow?.softMax !== undefined && workflow.preempted + 1 > workflow.softMax;
  };

  /** Whether a change of this task's budgets can change who breaks a soft one. */
  isSoft(task: Running): boolean {
    return (
      this.#tenants.get(task.tenant)?.tokens !== undefined || this.#workflow(task)?.softMax !== undefined
    );
  }

  /** Step 6: whether the pools can bear these victims. One decision is never cut in two: the first of a window may exceed the cap. */
  withinCap(victims: readonly VictimCandidate[]): boolean {
    for (const [name, count] of countBy(victims, ({ task }) => task.pool)) {
      const pool = this.#pools.get(name);
      const used = pool?.victims ?? 0;
      if (used > 0 && used + count > this.#cap(pool)) return false;
    }
    return true;
  }

  /** Books a task that was taken. Only a victim costs tokens; what is reclaimed loses nothing. */
  charge(task: Running, isVictim: boolean): void {
    const pool = this.#pools.get(task.pool);
    if (pool) this.#pools.set(task.pool, leftPool(pool, task.base, isVictim));
    if (!isVictim) return;
    const tenant = this.#tenants.get(task.tenant);
    if (tenant?.tokens !== undefined)
      this.#tenants.set(task.tenant, { ...tenant, tokens: tenant.tokens - 1 });
    const workflow = this.#workflow(task);
    if (workflow) this.#workflows.set(workflow.workflow, { ...workflow, preempted: workflow.preempted + 1 });
  }

  #workflow({ workflow }: Running): WorkflowUse | undefined {
    return workflow === undefined ? undefined : this.#workflows.get(workflow);
  }

  #floorAllows(task: Running, chosen: readonly VictimCandidate[]): boolean {
    const pool = this.#pools.get(task.pool);
    if (pool === undefined) return true;
    const gone = count(chosen, (one) => one.task.pool === task.pool && one.task.base === task.base);
    return pool.running[task.base] - gone - 1 >= this.#floor(pool, task.base);
  }

  #budgetsAllow(task: Running, chosen: readonly VictimCandidate[]): boolean {
    const tokens = this.#tenants.get(task.tenant)?.tokens;
    if (tokens !== undefined && victims(chosen, (one) => one.tenant === task.tenant) >= tokens) return false;
    const workflow = this.#workflow(task);
    if (workflow?.max === undefined) return true;
    return workflow.preempted + victims(chosen, (one) => one.workflow === task.workflow) < workflow.max;
  }

  #floor(pool: PoolUse, rank: BandRank): number {
    const share = Math.floor((occupants(pool) * this.#policy.floorPercent) / 100);
    return Math.min(classRulesOf(this.#policy, rank).minRunning, share);
  }

  #cap(pool: PoolUse | undefined): number {
    const { capMin, capPercent } = this.#policy;
    return Math.max(capMin, Math.ceil((occupants(pool) * capPercent) / 100));
  }
}

const FAIR_PERCENT = 100;

const occupants = (pool: PoolUse | undefined): number =>
  pool === undefined
    ? 0
    : pool.running[0] + pool.running[1] + pool.running[2] + pool.running[3] + pool.leaving;

const leftPool = (pool: PoolUse, rank: BandRank, isVictim: boolean): PoolUse => {
  const [low, normal, high, critical] = pool.running;
  const running = [low, normal, high, critical] as [number, number, number, number];
  running[rank]--;
  return { ...pool, running, leaving: pool.leaving + 1, victims: pool.victims + (isVictim ? 1 : 0) };
};

const count = (chosen: readonly VictimCandidate[], is: (one: VictimCandidate) => boolean): number => {
  let found = 0;
  for (const one of chosen) if (is(one)) found++;
  return found;
};

const victims = (chosen: readonly VictimCandidate[], is: (task: Running) => boolean): number =>
  count(chosen, (one) => one.kind === 'victim' && is(one.task));

const countBy = (
  chosen: readonly VictimCandidate[],
  key: (one: VictimCandidate) => string,
): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const one of chosen) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1);
  return counts;
};
