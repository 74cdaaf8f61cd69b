export { expectedTasks } from './arrivals.ts';
export { recordedLoad } from './recorded.ts';
export type { RecordedLoad } from './recorded.ts';
export type { BandReport, PolicyReport, SimulationReport } from './report.ts';
export type { Arrivals, GeneratedLoad, RunTime, Scenario, Variant, WorkerGroup } from './scenario.ts';
export { plotOf } from './plot.ts';
export { simulate } from './simulate.ts';
export type { SimulationWorld } from './world.ts';
