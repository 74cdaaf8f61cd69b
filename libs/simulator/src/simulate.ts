import { reportOf } from './report.ts';
import type { PolicyReport, SimulationReport } from './report.ts';
import type { Scenario, Variant } from './scenario.ts';
import { SimulatedCell } from './simulated-cell.ts';
import type { SimulationWorld } from './world.ts';

export interface SimulationOptions {
  /** How far it has come, 0 to 1; the simulation goes on when what it returns is settled, so that it can be broken off. */
  readonly onProgress?: ((fraction: number) => Promise<void>) | undefined;
}

/** Looks at the progress, and whether everything is settled, so often. */
const STEPS = 200;
const STEP_MS_MIN = 1_000;

/**
 * Runs the scenario once under each of its policies, each time with the same arrivals, run times and faults, and the
 * engine's own code. Rejects with what `onProgress` rejects with.
 */
export const simulate = async (
  scenario: Scenario,
  world: SimulationWorld,
  { onProgress }: SimulationOptions = {},
): Promise<SimulationReport> => {
  const policies: PolicyReport[] = [];
  const { name, seed, durationMs, variants } = scenario;
  for (const [index, variant] of variants.entries()) {
    const report = (fraction: number): Promise<void> | undefined =>
      onProgress?.((index + fraction) / variants.length);
    policies.push(await played(scenario, variant, { world, report }));
  }
  return { scenario: name, seed, durationMs, policies };
};

interface Play {
  readonly world: SimulationWorld;
  readonly report: (fraction: number) => Promise<void> | undefined;
}

const played = async (
  scenario: Scenario,
  variant: Variant,
  { world, report }: Play,
): Promise<PolicyReport> => {
  const stage = new SimulatedCell(scenario, variant, world);
  const lastMs = scenario.durationMs + scenario.drainMs;
  const stepMs = Math.max(STEP_MS_MIN, Math.ceil(lastMs / STEPS));
  const isOver = (at: number): boolean =>
    at >= lastMs || (at >= scenario.durationMs && stage.tally.open.size === 0);
  let at = 0;
  while (!isOver(at)) {
    at = nextStop(at, stepMs, scenario);
    await stage.runTo(at);
    await report(at / lastMs);
  }
  stage.close();
  return reportOf(stage, scenario, variant);
};

/** The end of the arrivals is one of the stops. */
const nextStop = (at: number, stepMs: number, { durationMs, drainMs }: Scenario): number => {
  const next = at + stepMs;
  return at < durationMs ? Math.min(next, durationMs) : Math.min(next, durationMs + drainMs);
};
