export { engineMachine } from './engine.machine.ts';
export type { EngineLifeEvent, EngineState } from './engine.machine.ts';
export { workerSessionMachine } from './worker-session.machine.ts';
export type { WorkerSessionEvent } from './worker-session.machine.ts';
