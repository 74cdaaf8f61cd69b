import { readFileSync } from 'node:fs';
import { ROLES } from '@precedent/contract-types';
import type { Role } from '@precedent/contract-types';
import { streamsOf } from '@precedent/contracts';
import type { Operation } from '@precedent/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AKey } from './access-server.ts';
import { closedCell } from './closed-cell.ts';
import { grpcInterface, httpInterface, mcpInterface, natsInterface, serviceInterface } from './interfaces.ts';
import type { ClosedCell, Interface, Outcome } from './interfaces.ts';
import { FOR_OWN_TASKS, OPERATIONS, REQUESTS, expectedCode, nameOf } from './roles.ts';
import type { Place, Target } from './roles.ts';

const NAMESPACE_ROLES = ROLES.filter((role) => role !== 'worker');
const PLACES = [
  { namespace: 'acme', project: '*' },
  { namespace: 'acme', project: 'web' },
  { namespace: 'beta', project: '*' },
  { namespace: '*', project: '*' },
];

/** Every role at every place, a worker, and a key without a grant. */
const CALLERS: readonly (readonly [string, Place | undefined])[] = [
  ['none', undefined],
  ['worker in *', { role: 'worker', namespace: '*', project: '*' }],
  ...PLACES.flatMap((place) =>
    NAMESPACE_ROLES.map(
      (role) => [`${role} in ${place.namespace}, ${place.project}`, { role, ...place }] as const,
    ),
  ),
];

const IN_PROJECTS = ['web', 'ops'];
/** Of the tasks of a project: in their names, errors and output. */
const textOf = (project: string): string => `only-in-${project}`;

/** They change the tasks that they are about. */
const REQUESTS_THAT_END: readonly string[] = [
  'task.cancel',
  'task.reband',
  'task.delete',
  'task.deleteForgotten',
  'access.createKey',
];

const PATIENCE = { timeout: 60_000, interval: 10 };

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

describe('every role, with every operation', () => {
  let cell: ClosedCell;
  let interfaces: readonly Interface[];
  const keys = new Map<string, AKey>();
  const settled = new Map<string, Pick<Target, 'failed' | 'completed'>>();

  beforeAll(async () => {
    cell = await closedCell(stack);
    interfaces = [
      natsInterface(cell),
      serviceInterface(cell),
      httpInterface(cell),
      grpcInterface(cell),
      mcpInterface(cell),
    ];
    for (const [caller, grant] of CALLERS) {
      const principal = caller.replaceAll(/[^a-z]+/g, (gap) => (gap.includes('*') ? '-all-' : '-'));
      keys.set(caller, await cell.key(principal));
      if (grant) await cell.grant(principal, grant);
    }
    for (const project of IN_PROJECTS) settled.set(project, await settledTasks(project));
    await cell.caughtUp();
  });

  const submitted = async (tasks: readonly object[]): Promise<readonly string[]> => {
    const accepted = await Promise.all(tasks.map((task) => cell.client.submit(task)));
    return accepted.map(({ id }) => id);
  };

  const settledTasks = async (project: string): Promise<Pick<Target, 'failed' | 'completed'>> => {
    const says = textOf(project);
    const task = { type: 'work', namespace: 'acme', project, name: `import ${says}`, retry: { max: 0 } };
    const [failed = '', completed = ''] = await submitted([
      { ...task, payload: { says, fails: says } },
      { ...task, payload: { says, result: says } },
    ]);
    await Promise.all([failed, completed].map((id) => cell.client.wait(id)));
    return { failed, completed };
  };

  const keyOf = (caller: string): AKey => {
    const key = keys.get(caller);
    if (key === undefined) throw new Error(`no key of ${caller}`);
    return key;
  };

  const targetOf = async (namespace: string, project: string): Promise<Target> => {
    const task = { type: 'work', namespace: 'acme', project, pool: 'nowhere' };
    const [fresh = '', over = ''] = await submitted([task, task]);
    await cell.client.cancel(over);
    // The history says whether a task that is to be deleted was of the namespace.
    await vi.waitFor(() => cell.client.history.get(over), PATIENCE);
    const { failed = '', completed = '' } = settled.get(project) ?? {};
    return { namespace, project, failed, completed, fresh, over };
  };

  /** Those of which nothing is changed. */
  const lasting = new Map<string, Target>();

  const targetFor = async (grant: Place | undefined, namespace: string, project: string): Promise<Target> => {
    const isChanged = OPERATIONS.some(
      (one) =>
        REQUESTS_THAT_END.includes(nameOf(one)) &&
        expectedCode(grant, one, { namespace, project }) === 'answered',
    );
    if (isChanged) return targetOf(namespace, project);
    const place = `${namespace} ${project}`;
    const made = lasting.get(place) ?? (await targetOf(namespace, project));
    lasting.set(place, made);
    return made;
  };

  const rowOf = async (
    { call }: Interface,
    key: AKey,
    target: Target,
    operations: readonly Operation[],
  ): Promise<readonly (readonly [string, Outcome])[]> => {
    const { namespace } = target;
    const outcome = async (operation: Operation): Promise<readonly [string, Outcome]> => {
      const request = REQUESTS[nameOf(operation) as keyof typeof REQUESTS](target);
      return [nameOf(operation), await call({ key, namespace, operation, request })];
    };
    const outcomes: (readonly [string, Outcome])[] = [];
    // One service after the other: programs that refuse at once wait for each other to write that into the audit trail.
    for (const ofService of Map.groupBy(operations, ({ service }) => service).values())
      outcomes.push(...(await Promise.all(ofService.map(outcome))));
    return outcomes;
  };

  /** Where everything that can be changed stands. */
  const positions = async (): Promise<readonly number[]> => {
    const { streams } = await jetstreamManager(cell.nc);
    const { journal, tasks, memory, access, objects } = streamsOf();
    const names = [journal('main'), tasks, memory, `KV_${access}`, `OBJ_${objects}`];
    return Promise.all(
      names.map((name) =>
        streams.info(name).then(
          ({ state }) => state.last_seq,
          () => -1,
        ),
      ),
    );
  };

  const TARGETS = [
    ['acme', 'web'],
    ['acme', 'ops'],
    ['beta', 'web'],
  ] as const;

  it.each(CALLERS)('%s', async (caller, grant) => {
    const key = keyOf(caller);
    for (const each of interfaces)
      for (const [namespace, project] of TARGETS.slice(0, each.targets)) {
        const target = await targetFor(grant, namespace, project);
        const codeOf = (operation: Operation): string => expectedCode(grant, operation, target);
        const offered = OPERATIONS.filter((one) => each.has?.(one) ?? true);
        const [allowed, refused] = [true, false].map((isAllowed) =>
          offered.filter((one) => (codeOf(one) === 'answered') === isAllowed),
        );
        const before = await positions();
        const refusals = await rowOf(each, key, target, refused ?? []);
        expect(await positions()).toEqual(before);
        const answers = await rowOf(each, key, target, allowed ?? []);
        const place = { by: each.name, namespace, project };
        const codes = [...refusals, ...answers].map(([name, { code }]) => [name, code] as const);
        const expected = offered.map((one) => [nameOf(one), codeOf(one)] as const);
        expect({ ...place, ...Object.fromEntries(codes) }).toEqual({
          ...place,
          ...Object.fromEntries(expected),
        });
        const texts = [...refusals, ...answers].map(([name, { text }]) => `${name}: ${text}`);
        for (const hidden of hiddenFrom(grant))
          expect(texts.filter((text) => text.includes(textOf(hidden)))).toEqual([]);
      }
  });

  it('is as docs/api.md says', () => {
    const rows = readFileSync('docs/api.md', 'utf8').matchAll(/^\| \[`(\S+?)`\].*?\| \w+ \|(.*)\|$/gm);
    const documented = [...rows].map(([, name = '', cells = '']) => [
      name.replace('submit.<band>', 'submit.submit'),
      cells.split('|').map((cellText) => cellText.trim()),
    ]);
    expect(documented).toEqual(OPERATIONS.map((one) => [nameOf(one), ROLES.map((role) => shown(role, one))]));
  });
});

/** The projects of which a caller may read nothing. */
const hiddenFrom = (grant: Place | undefined): readonly string[] => {
  if (grant === undefined || grant.role === 'worker' || grant.namespace === 'beta') return IN_PROJECTS;
  return grant.project === '*' ? [] : IN_PROJECTS.filter((project) => project !== grant.project);
};

/** What the table of the reference page has to show. */
const shown = (role: Role, operation: Operation): string => {
  const target = { namespace: 'acme', project: 'web' };
  const isAnswered = (namespace: string): boolean =>
    expectedCode({ role, namespace, project: '*' }, operation, target) !== 'FORBIDDEN';
  if (role === 'submitter' && FOR_OWN_TASKS.has(nameOf(operation))) return 'own';
  if (isAnswered('acme')) return 'yes';
  return isAnswered('*') ? 'cell' : '';
};
