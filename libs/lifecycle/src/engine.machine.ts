import { assign, setup } from 'xstate';
import type { Problem } from '@precedent/kernel';

/**
 * engine.machine: the life of an engine.
 *
 *   stopped  --START-->   starting
 *   starting --STARTED--> running
 *   starting --FAILED-->  error      what had started was rolled back
 *   starting --STOP-->    stopping
 *   running  --STOP-->    stopping   no new work; what runs ends, or is ended when the time is up
 *   running  --FAILED-->  error      fenced, or the journal cannot be read
 *   stopping --STOPPED--> stopped
 *   stopping --FAILED-->  error
 *   error    --RESET-->   stopped
 */
export type EngineLifeEvent =
  | { readonly type: 'START' }
  | { readonly type: 'STARTED' }
  | { readonly type: 'STOP' }
  | { readonly type: 'STOPPED' }
  | { readonly type: 'FAILED'; readonly problem: Problem }
  | { readonly type: 'RESET' };

export interface EngineLifeContext {
  /** Why it is in `error`. */
  readonly problem: Problem | undefined;
}

const life = setup({
  types: { context: {} as EngineLifeContext, events: {} as EngineLifeEvent },
  actions: {
    keepProblem: assign(({ event }) => (event.type === 'FAILED' ? { problem: event.problem } : {})),
    forgetProblem: assign({ problem: undefined }),
  },
});

const failed = { target: 'error', actions: 'keepProblem' } as const;

export const engineMachine = life.createMachine({
  id: 'engine',
  context: { problem: undefined },
  initial: 'stopped',
  states: {
    stopped: { on: { START: 'starting' } },
    starting: { on: { STARTED: 'running', STOP: 'stopping', FAILED: failed } },
    running: { on: { STOP: 'stopping', FAILED: failed } },
    stopping: { on: { STOPPED: 'stopped', FAILED: failed } },
    error: { on: { RESET: { target: 'stopped', actions: 'forgetProblem' } } },
  },
});

export type EngineState = 'stopped' | 'starting' | 'running' | 'stopping' | 'error';
