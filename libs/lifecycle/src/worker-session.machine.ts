import { setup } from 'xstate';

/**
 * worker-session.machine: one connected life of a worker, as the engine sees it.
 *
 *   absent   --HELLO-->    ready      recovered from the journal, and now heard again
 *   ready | draining --HELLO--> ready
 *   ready    --DRAINING--> draining   it takes no new work
 *   absent | ready | draining --BYE | SILENT | UNREACHABLE | REPLACED--> gone   its leases are lost
 */
export type WorkerSessionEvent =
  | { readonly type: 'HELLO' }
  | { readonly type: 'DRAINING' }
  | { readonly type: 'BYE' }
  | { readonly type: 'SILENT' }
  | { readonly type: 'UNREACHABLE' }
  | { readonly type: 'REPLACED' };

const leaves = { BYE: 'gone', SILENT: 'gone', UNREACHABLE: 'gone', REPLACED: 'gone' } as const;

export const workerSessionMachine = setup({ types: { events: {} as WorkerSessionEvent } }).createMachine({
  id: 'worker-session',
  initial: 'absent',
  states: {
    absent: { on: { HELLO: 'ready', ...leaves } },
    ready: { on: { HELLO: 'ready', DRAINING: 'draining', ...leaves } },
    draining: { on: { HELLO: 'ready', ...leaves } },
    gone: { type: 'final' },
  },
});

export type WorkerSessionState = 'absent' | 'ready' | 'draining' | 'gone';
