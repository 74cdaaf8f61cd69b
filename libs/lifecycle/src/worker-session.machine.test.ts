import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { workerSessionMachine } from './worker-session.machine.ts';
import type { WorkerSessionEvent, WorkerSessionState } from './worker-session.machine.ts';

const TYPES: readonly WorkerSessionEvent['type'][] = [
  'HELLO',
  'DRAINING',
  'BYE',
  'SILENT',
  'UNREACHABLE',
  'REPLACED',
];

/** What follows in each state from HELLO and DRAINING; every other event ends the session. */
const AFTER: Readonly<Record<WorkerSessionState, readonly [hello: string, draining: string]>> = {
  absent: ['ready', 'absent'],
  ready: ['ready', 'draining'],
  draining: ['ready', 'draining'],
  gone: ['gone', 'gone'],
};

const expected = (state: WorkerSessionState, type: WorkerSessionEvent['type']): string => {
  const [hello, draining] = AFTER[state];
  return type === 'HELLO' ? hello : type === 'DRAINING' ? draining : 'gone';
};

const after = (state: WorkerSessionState, type: WorkerSessionEvent['type']): string => {
  const snapshot = workerSessionMachine.resolveState({ value: state, context: {} });
  const session = createActor(workerSessionMachine, { snapshot }).start();
  // To one that is over nothing can be sent.
  if (session.getSnapshot().status === 'active') session.send({ type });
  return session.getSnapshot().value;
};

const cases = (Object.keys(AFTER) as WorkerSessionState[]).flatMap((state) =>
  TYPES.map((type) => [state, type, expected(state, type)] as const),
);

describe('the life of a worker session', () => {
  it('begins absent: the journal may know it before it is heard', () => {
    expect(createActor(workerSessionMachine).start().getSnapshot().value).toBe('absent');
  });

  it.each(cases)('goes from %s by %s to %s', (state, type, next) => {
    expect(after(state, type)).toBe(next);
  });

  it('is over for good when it is gone', () => {
    const session = createActor(workerSessionMachine).start();
    session.send({ type: 'HELLO' });
    session.send({ type: 'SILENT' });
    expect(session.getSnapshot().status).toBe('done');
  });
});
