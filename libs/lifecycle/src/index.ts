export { engineMachine } from './engine.machine.ts';
export type { EngineLifeContext, EngineLifeEvent, EngineState } from './engine.machine.ts';
export { workerSessionMachine } from './worker-session.machine.ts';
export type { WorkerSessionEvent, WorkerSessionState } from './worker-session.machine.ts';
