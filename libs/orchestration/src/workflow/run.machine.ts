import { getNextSnapshot, setup } from 'xstate';

/**
 * run.machine: the phases of a run of a workflow. Its steps are decided by `nextMove`; the phase says which of them may start.
 *
 *   running      --PAUSED-->        paused        what runs goes on, nothing new starts, relative times stand still
 *   paused       --RESUMED-->       running
 *   running | paused --STEP_FAILED--> failing     a step failed that no other step expects to fail: only what depends on a failure starts
 *   running | paused | failing --CANCELLED--> cancelling   nothing starts, what runs is cancelled
 *   failing | cancelling --COMPENSATED--> compensating     nothing runs any more: completed steps are undone, the last one first
 */
export const runMachine = setup({
  types: {
    events: {} as { readonly type: 'PAUSED' | 'RESUMED' | 'STEP_FAILED' | 'CANCELLED' | 'COMPENSATED' },
  },
}).createMachine({
  id: 'run',
  initial: 'running',
  states: {
    running: { on: { PAUSED: 'paused', STEP_FAILED: 'failing', CANCELLED: 'cancelling' } },
    paused: { on: { RESUMED: 'running', STEP_FAILED: 'failing', CANCELLED: 'cancelling' } },
    failing: { on: { CANCELLED: 'cancelling', COMPENSATED: 'compensating' } },
    cancelling: { on: { COMPENSATED: 'compensating' } },
    compensating: {},
  },
});

export const RUN_PHASES = ['running', 'paused', 'failing', 'cancelling', 'compensating'] as const;
export type RunPhase = (typeof RUN_PHASES)[number];
export type RunEvent = Parameters<typeof getNextSnapshot<typeof runMachine>>[2]['type'];

/** The phase after an event; the same where the event does not apply. */
export const phaseAfter = (phase: RunPhase, event: RunEvent): RunPhase => {
  const at = runMachine.resolveState({ value: phase });
  return getNextSnapshot(runMachine, at, { type: event }).value;
};

export const accepts = (phase: RunPhase, event: RunEvent): boolean => phaseAfter(phase, event) !== phase;
