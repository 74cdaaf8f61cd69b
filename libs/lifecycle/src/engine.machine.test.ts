import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import type { Actor } from 'xstate';
import { engineMachine } from './engine.machine.ts';
import type { EngineLifeEvent, EngineState } from './engine.machine.ts';

const STATES: readonly EngineState[] = ['stopped', 'starting', 'running', 'stopping', 'error'];
const problem = { code: 'NATS_UNREACHABLE', message: 'gone' } as const;
const EVENTS: readonly EngineLifeEvent[] = [
  { type: 'START' },
  { type: 'STARTED' },
  { type: 'STOP' },
  { type: 'STOPPED' },
  { type: 'FAILED', problem },
  { type: 'RESET' },
];

/** Every transition that there is; what is not here is refused. */
const LEGAL: Readonly<Record<string, EngineState>> = {
  'stopped START': 'starting',
  'starting STARTED': 'running',
  'starting STOP': 'stopping',
  'starting FAILED': 'error',
  'running STOP': 'stopping',
  'running FAILED': 'error',
  'stopping STOPPED': 'stopped',
  'stopping FAILED': 'error',
  'error RESET': 'stopped',
};

const pairs = STATES.flatMap((state) => EVENTS.map((event) => [state, event] as const));
const legal = pairs.filter(([state, { type }]) => `${state} ${type}` in LEGAL);
const illegal = pairs.filter(([state, { type }]) => !(`${state} ${type}` in LEGAL));

const anEngine = (state: EngineState = 'stopped'): Actor<typeof engineMachine> => {
  const context = { problem: state === 'error' ? problem : undefined };
  const snapshot = engineMachine.resolveState({ value: state, context });
  return createActor(engineMachine, { snapshot }).start();
};

describe('the life of an engine', () => {
  it('begins stopped', () => {
    expect(createActor(engineMachine).start().getSnapshot().value).toBe('stopped');
  });

  it.each(legal)('goes from %s by %o', (state, event) => {
    const engine = anEngine(state);
    expect(engine.getSnapshot().can(event)).toBe(true);
    engine.send(event);
    expect(engine.getSnapshot().value).toBe(LEGAL[`${state} ${event.type}`]);
  });

  it.each(illegal)('refuses, while %s, %o', (state, event) => {
    const engine = anEngine(state);
    expect(engine.getSnapshot().can(event)).toBe(false);
    engine.send(event);
    expect(engine.getSnapshot().value).toBe(state);
  });

  it('has a reason for every error, and none otherwise', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS)), (events) => {
        const engine = anEngine();
        for (const event of events) {
          engine.send(event);
          const { value, context } = engine.getSnapshot();
          expect(context.problem).toEqual(value === 'error' ? problem : undefined);
        }
      }),
    );
  });

  it('reaches every state, and comes back to stopped from each', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 12 }), (events) => {
        const engine = anEngine();
        for (const event of events) engine.send(event);
        reached.add(engine.getSnapshot().value);
        for (const type of ['STOP', 'STOPPED', 'RESET'] as const) engine.send({ type });
        expect(engine.getSnapshot().value).toBe('stopped');
      }),
      { numRuns: 300 },
    );
    expect([...reached].toSorted()).toEqual(STATES.toSorted());
  });
});
