import type { Grant, Principal } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { CALLABLE_VERBS } from './callable-verbs.ts';
import { permissionsOf } from './permissions.ts';

const aPrincipal = (...grants: Partial<Grant>[]): Principal => ({
  name: 'ann',
  kind: 'human',
  credential: 'k1',
  grants: grants.map((grant, n) => ({
    id: `g${n}`,
    principal: 'ann',
    role: 'viewer',
    namespace: 'acme',
    project: '*',
    ...grant,
  })),
});

const permissions = (...grants: Partial<Grant>[]) =>
  permissionsOf(aPrincipal(...grants), { root: 'p.v1', verbs: CALLABLE_VERBS, now: 1_000 });

const roles = ['viewer', 'submitter', 'operator', 'approver', 'admin', 'worker'] as const;

describe('the permissions of a connection', () => {
  it('are its own inbox only, without a grant', () => {
    expect(permissions()).toEqual({ account: 'clients', publish: [], subscribe: ['_INBOX_k1.>'] });
  });

  it('let a viewer read in its namespace, by subjects that end in its credential', () => {
    const { account, publish, subscribe } = permissions({});
    expect(account).toBe('clients');
    expect(publish).toContain('p.v1.ns.acme.task.get.k1');
    expect(publish).toContain('p.v1.ns.acme.search.find.k1');
    expect(publish).not.toContain('p.v1.ns.acme.submit.*.k1');
    expect(publish).not.toContain('p.v1.ns.acme.task.delete.k1');
    expect(subscribe).toEqual(['_INBOX_k1.>', 'p.v1.events.acme.*.*.*']);
  });

  it('let a submitter submit and cancel, and nothing of an admin', () => {
    const { publish } = permissions({ role: 'submitter' });
    for (const rest of ['submit.*', 'tasks.*', 'task.cancel', 'task.dryRun', 'search.remember'])
      expect(publish).toContain(`p.v1.ns.acme.${rest}.k1`);
    expect(publish).not.toContain('p.v1.ns.acme.history.rebuild.k1');
  });

  it.each(roles)('give a %s of one namespace no subject without it and without its credential', (role) => {
    const { account, publish, subscribe } = permissions({ role });
    expect(account).toBe('clients');
    for (const subject of publish) expect(subject).toMatch(/^p\.v1\.ns\.acme\.[a-z]+\.[A-Za-z*]+\.k1$/);
    for (const subject of subscribe)
      expect(subject).toMatch(/^(_INBOX_k1|p\.v1\.events\.acme)\.(>|\*\.\*\.\*)$/);
  });

  it('are narrowed to events of the granted projects', () => {
    const { subscribe } = permissions({ project: 'one' }, { project: 'two' }, { namespace: 'other' });
    expect(subscribe).toEqual([
      '_INBOX_k1.>',
      'p.v1.events.other.*.*.*',
      'p.v1.events.acme.one.*.*',
      'p.v1.events.acme.two.*.*',
    ]);
  });

  it('have the events of labelled tasks by the grants that are cleared for the label', () => {
    const { subscribe } = permissions(
      { clearances: ['secret', 'health'], project: 'one' },
      { namespace: 'other', clearances: ['*'] },
      { namespace: '*' },
      { namespace: '*', role: 'worker', clearances: ['work'] },
    );
    expect(subscribe.filter((subject) => subject.includes('labelled'))).toEqual([
      'p.v1.labelled.secret.acme.one.*.*',
      'p.v1.labelled.health.acme.one.*.*',
      'p.v1.labelled.*.other.*.*.*',
    ]);
  });

  it('do not count a grant that has ended', () => {
    expect(permissions({ expiresAt: 1_000 }).publish).toEqual([]);
    expect(permissions({ expiresAt: 1_001 }).publish).not.toEqual([]);
  });

  it('have a wildcard for a grant in every namespace, and no subject of the streams', () => {
    const { account, publish, subscribe } = permissions({ namespace: '*', role: 'operator' });
    expect(account).toBe('clients');
    expect(publish).toContain('p.v1.ns.*.task.get.k1');
    expect(publish.join(' ')).not.toMatch(/\$/);
    expect(subscribe).toEqual(['_INBOX_k1.>', 'p.v1.events.>']);
  });

  it('give an admin of the cell the operations of every namespace, and neither streams nor subjects without a caller', () => {
    const { account, publish, subscribe } = permissions({ namespace: '*', role: 'admin' });
    expect(account).toBe('clients');
    expect(publish).toContain('p.v1.ns.*.access.createKey.k1');
    expect(publish.filter((one) => !/^p\.v1\.ns\.\*\.[a-z]+\.[A-Za-z*]+\.k1$/.test(one))).toEqual([]);
    expect(subscribe).toEqual(['_INBOX_k1.>', 'p.v1.events.>']);
  });

  it('give a worker of the cell the subjects of the worker protocol, and none of the streams', () => {
    const { account, publish, subscribe } = permissions({ namespace: '*', role: 'worker' });
    expect(account).toBe('workers');
    expect(publish).toEqual(['p.v1.cell.*.report.k1', 'p.v1.cell.*.output.k1.*']);
    expect(subscribe).toContain('p.v1.worker.k1.*.assign');
    expect(subscribe.join(' ')).not.toContain('worker.*');
  });

  it('stay small with very many namespaces', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => ({ namespace: `n${n}` }));
    expect(permissions(...many.slice(0, 1_000)).publish).toContain('p.v1.ns.n7.*.*.k1');
    expect(permissions(...many).publish).toEqual(['p.v1.ns.*.*.*.k1']);
  });
});
