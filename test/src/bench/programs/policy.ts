import { compile, may, maySubmit, scopeOf } from '@precedent/access';
import type { CompiledPrincipal } from '@precedent/access';
import type { Grant, Role } from '@precedent/contract-types';
import { percentile } from '../stats.ts';
import type { Figures } from '../stats.ts';
import { program } from './program.ts';

export interface PolicyParams {
  readonly grants: number;
  readonly rounds: number;
}

export interface PolicyResult {
  readonly indexed: Figures;
  /** A walk over all grants for each decision. */
  readonly walked: Figures;
}

const NOW = 1_000;
const ROLES: readonly Role[] = ['viewer', 'submitter', 'operator', 'approver', 'admin'];
/** One request in eleven is for a name that no grant has. */
const NAMES_OVER = 1.1;

interface Shape {
  readonly grants: readonly Grant[];
  readonly resourceAt: (at: number) => { readonly namespace: string; readonly project: string };
}

const grantAt = (at: number, namespace: string, project: string): Grant => ({
  id: `g${at}`,
  principal: 'ada',
  role: ROLES[at % ROLES.length] ?? 'viewer',
  namespace,
  project,
  ...(at % 7 === 0 && { expiresAt: NOW + (at % 2) }),
  ...(at % 3 === 0 && { clearances: ['secret'] }),
});

/** One grant in each of many namespaces, one in each of many projects of a namespace, and all for the same project. */
const shapesOf = (count: number): Shape[] => {
  const all = Array.from({ length: count }, (_, at) => at);
  const other = (at: number): number => (at * 7_919) % Math.round(count * NAMES_OVER);
  return [
    {
      grants: all.map((at) => grantAt(at, `n${at}`, '*')),
      resourceAt: (at) => ({ namespace: `n${other(at)}`, project: 'web' }),
    },
    {
      grants: all.map((at) => grantAt(at, 'acme', `p${at}`)),
      resourceAt: (at) => ({ namespace: 'acme', project: `p${other(at)}` }),
    },
    {
      grants: all.map((at) => grantAt(at, 'acme', 'web')),
      resourceAt: () => ({ namespace: 'acme', project: 'web' }),
    },
  ];
};

const RIGHTS = ['read', 'submit', 'control', 'administer'] as const;
const rightAt = (at: number) => RIGHTS[at % RIGHTS.length] ?? 'read';

const compiled = ({ grants }: Shape): CompiledPrincipal =>
  compile({ name: 'ada', kind: 'human', credential: 'k7f3', grants });

/** Microseconds of each call. */
const timed = (rounds: number, call: (at: number) => unknown): number[] => {
  const times: number[] = [];
  for (let at = 0; at < rounds; at++) {
    const startedAt = performance.now();
    call(at);
    times.push((performance.now() - startedAt) * 1_000);
  }
  return times;
};

const figuresOf = (times: readonly number[]): Figures => ({
  p50_us: percentile(times, 0.5),
  p99_us: percentile(times, 0.99),
});

const decisions = (shapes: readonly Shape[], rounds: number): number[] =>
  shapes.flatMap((shape) => {
    const caller = compiled(shape);
    return timed(rounds, (at) =>
      may(caller, { right: rightAt(at), reach: 'namespace' }, shape.resourceAt(at), NOW),
    );
  });

const scopes = (shapes: readonly Shape[], rounds: number): number[] =>
  shapes.flatMap((shape) => {
    const caller = compiled(shape);
    return timed(rounds, (at) => scopeOf(caller, 'read', shape.resourceAt(at).namespace, NOW));
  });

const submissions = (shapes: readonly Shape[], rounds: number): number[] =>
  shapes.flatMap((shape) => {
    const caller = compiled(shape);
    return timed(rounds, (at) =>
      maySubmit(caller, { ...shape.resourceAt(at), type: 'text.process', band: 'critical' }, [], NOW),
    );
  });

/** The least that a decision without an index can be. */
const walk = ({ grants, resourceAt }: Shape, at: number): boolean => {
  const { namespace, project } = resourceAt(at);
  return grants.some(
    (grant) =>
      grant.namespace === namespace &&
      (grant.project === project || grant.project === '*') &&
      grant.role === 'admin' &&
      (grant.expiresAt === undefined || NOW < grant.expiresAt),
  );
};

program(async ({ grants, rounds }: PolicyParams, { ready, go }): Promise<PolicyResult> => {
  const shapes = shapesOf(grants);
  decisions(shapes, rounds);
  ready();
  await go;
  const compiling = shapes.flatMap((shape) => timed(10, () => compiled(shape)));
  const scope = figuresOf(scopes(shapes, rounds));
  const submission = figuresOf(submissions(shapes, rounds));
  return {
    indexed: {
      ...figuresOf(decisions(shapes, rounds)),
      scope_p99_us: scope['p99_us'] ?? Number.NaN,
      submit_p99_us: submission['p99_us'] ?? Number.NaN,
      compile_ms: percentile(compiling, 0.5) / 1_000,
    },
    walked: figuresOf(shapes.flatMap((shape) => timed(rounds / 100, (at) => walk(shape, at)))),
  };
});
