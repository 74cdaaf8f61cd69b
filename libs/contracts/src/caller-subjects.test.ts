import { describe, expect, it } from 'vitest';
import { bandTokenIn, callerIn, callerPattern, callerSubjectsOf, sessionOf } from './caller-subjects.ts';
import { subjectsOf } from './subjects.ts';

const own = callerSubjectsOf('a.b', { namespace: 'acme', credential: 'k1' });

describe('the subjects of a caller', () => {
  it('hold its namespace and end with its credential', () => {
    expect(own.api('get')).toBe('a.b.ns.acme.task.get.k1');
    expect(own.history('list')).toBe('a.b.ns.acme.history.list.k1');
    expect(own.search('find')).toBe('a.b.ns.acme.search.find.k1');
    expect(own.submit('high')).toBe('a.b.ns.acme.submit.high.k1');
    expect(own.drop('low')).toBe('a.b.ns.acme.tasks.low.k1');
  });

  it('are those that the services listen to, with the caller in them', () => {
    expect(callerPattern('task.get', 'a.b')).toBe('a.b.ns.*.task.get.*');
    expect(callerIn(own.api('get'), 'a.b')).toEqual({ namespace: 'acme', credential: 'k1' });
  });

  it('differ from subjects without a caller, and from those of another root', () => {
    expect(callerIn(subjectsOf('a.b').api('get'), 'a.b')).toBeUndefined();
    expect(callerIn(own.api('get'), 'a')).toBeUndefined();
    expect(callerIn('a.b.ns.acme', 'a.b')).toBeUndefined();
  });

  it('name the band of a submission before the credential', () => {
    expect(bandTokenIn(own.submit('high'), 'a.b')).toBe('high');
    expect(bandTokenIn(subjectsOf('a.b').submit('low'), 'a.b')).toBe('low');
  });

  it('lead to a worker session under the name that the engine has for it', () => {
    expect(own.assign('s1')).toBe(subjectsOf('a.b').assign(sessionOf('k1', 's1')));
    expect(own.signal('s1')).toBe(subjectsOf('a.b').signal(sessionOf('k1', 's1')));
    expect(own.report('main')).toBe('a.b.cell.main.report.k1');
  });
});
