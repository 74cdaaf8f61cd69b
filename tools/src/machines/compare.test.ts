import { describe, expect, it } from 'vitest';
import { compare } from './compare.ts';
import type { MachineState, StateNode, Transition } from './definition.ts';
import { stateTree } from './definition.ts';
import { readDrawing } from './drawing.ts';

/** What XState would build; the real machines are compared in drawings.test.ts. */
interface Shape {
  readonly on?: Readonly<Record<string, readonly To[]>>;
  readonly states?: Readonly<Record<string, Shape>>;
  readonly type?: string;
}
interface To {
  readonly to?: string;
  readonly guard?: string;
  readonly actions?: readonly string[];
}

const nodes = (key: string, shape: Shape, id: string, known: Map<string, StateNode>): StateNode => {
  const children = Object.entries(shape.states ?? {});
  const states = Object.fromEntries(
    children.map(([name, child]) => [name, nodes(name, child, `${id}.${name}`, known)]),
  );
  const first = Object.values(states)[0];
  const transition = (eventType: string, { to, guard, actions = [] }: To): Transition => ({
    eventType,
    actions,
    guard,
    get target() {
      const node = known.get(`m.${to}`);
      return node && [node];
    },
  });
  const on = Object.entries(shape.on ?? {});
  const transitions = new Map(on.map(([event, tos]) => [event, tos.map((to) => transition(event, to))]));
  const type = shape.type ?? (first ? 'compound' : 'atomic');
  const node = { id, key, type, states, transitions, initial: first && { target: [first] } };
  known.set(id, node);
  return node;
};

const machine = (shape: Shape): MachineState => stateTree(nodes('m', shape, 'm', new Map()));

const flat = machine({
  states: {
    queued: { on: { LEASED: [{ to: 'running' }] } },
    running: {
      on: { FAILED: [{ to: 'queued', guard: 'mayRetry' }, { to: 'ended' }], BEAT: [{ actions: ['renew'] }] },
    },
    ended: { type: 'final' },
  },
});

const FLAT = `
 *   queued   --LEASED-->   running   a note
 *   running  --FAILED-->   queued    with a try left
 *   running  --FAILED-->   ended
 *   running  --BEAT-->     running
`;

const check = (lines: string, root = flat): string[] =>
  compare(readDrawing(`import x;\n/**\n * m.machine: a life.\n *\n${lines} */`), root);

describe('a drawing', () => {
  it('that tells the truth is accepted', () => {
    expect(check(FLAT)).toEqual([]);
  });

  it('that leaves a transition out is refused', () => {
    expect(check(FLAT.replace(/.*BEAT.*\n/, ''))).toEqual(['does not draw running --BEAT--> running']);
  });

  it('that invents one is refused', () => {
    expect(check(`${FLAT} *   queued | running --GONE--> ended\n`)).toEqual([
      'draws queued --GONE--> ended, which the machine does not have',
      'draws running --GONE--> ended, which the machine does not have',
    ]);
  });

  it.each([
    ['an unknown state', ' *   queued --LEASED--> flying\n'],
    ['a way out of the end', ' *   ended --AGAIN--> queued\n'],
    ['an arrow that cannot be read', ' *   queued --LEASED-->\n'],
  ])('with %s is refused', (_what, line) => {
    expect(check(`${FLAT}${line}`)).toHaveLength(1);
  });
});

describe('a drawing of nested states', () => {
  const nested = machine({
    on: { STOP: [{ to: 'ended' }] },
    states: {
      idle: { on: { GO: [{ to: 'active' }], STOP: [{ actions: ['note'] }], NOISE: [{}] } },
      active: {
        on: { BACK: [{ to: 'idle' }] },
        states: { early: { on: { NEXT: [{ to: 'active.late' }] } }, late: {} },
      },
      ended: { type: 'final' },
    },
  });

  const NESTED = `
 *   idle         --GO-->    active
 *   early        --NEXT-->  active.late
 *   active       --BACK-->  idle
 *   idle         --STOP-->  idle
 *   early | late --STOP-->  ended
`;

  it('may name a parent for all its children, and a state by its own name', () => {
    expect(check(NESTED, nested)).toEqual([]);
    expect(check(NESTED.replace('active       --BACK', 'early | late --BACK'), nested)).toEqual([]);
  });

  it('may not say any where one state answers for itself', () => {
    expect(check(NESTED.replace('early | late --STOP', 'any --STOP'), nested)).toEqual([
      'draws idle --STOP--> ended, which the machine does not have',
    ]);
  });
});
