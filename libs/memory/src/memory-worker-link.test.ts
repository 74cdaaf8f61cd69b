import type { WorkerSignal } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { memoryWorkerLink } from './memory-worker-link.ts';

const setup = () => {
  const carried: (() => void)[] = [];
  const link = memoryWorkerLink((run) => void carried.push(run));
  const unreachable: string[] = [];
  link.onUnreachable((session) => void unreachable.push(session));
  const signals: WorkerSignal[] = [];
  const deliver = (): void => carried.splice(0).forEach((run) => run());
  return { link, unreachable, signals, deliver };
};

describe('the memory worker link', () => {
  it('delivers a signal to the session that it names', () => {
    const { link, unreachable, signals, deliver } = setup();
    link.attach('s1', { signal: (more) => void signals.push(...more) });
    link.attach('s2', {});
    link.signal('s1', [{ kind: 'ping' }]);
    link.signal('s2', [{ kind: 'drain' }]);
    deliver();
    expect(signals).toEqual([{ kind: 'ping' }]);
    expect(unreachable).toEqual([]);
  });

  it('reports a session as unreachable when no receiver is attached any more', () => {
    const { link, unreachable, deliver } = setup();
    const detach = link.attach('s1', {});
    link.signal('s1', [{ kind: 'ping' }]);
    detach();
    deliver();
    expect(unreachable).toEqual(['s1']);
  });

  it('delivers nothing with a probe, which shows whether a receiver is attached', () => {
    const { link, unreachable, signals, deliver } = setup();
    link.attach('s1', { signal: (more) => void signals.push(...more) });
    link.probe('s1');
    link.probe('s2');
    deliver();
    expect([signals, unreachable]).toEqual([[], ['s2']]);
  });

  it('loses signals over a broken network without an error', () => {
    const { link, unreachable, signals, deliver } = setup();
    link.attach('s1', { signal: (more) => void signals.push(...more) });
    link.cut('s1');
    link.signal('s1', [{ kind: 'ping' }]);
    deliver();
    link.heal('s1');
    link.signal('s1', [{ kind: 'who' }]);
    deliver();
    expect([signals, unreachable]).toEqual([[{ kind: 'who' }], []]);
  });

  it('sends a leader heartbeat to every session', () => {
    const { link, deliver } = setup();
    const seen: string[] = [];
    link.attach('s1', { leaderHeartbeat: ({ engine }) => void seen.push(`s1 ${engine}`) });
    link.attach('s2', { leaderHeartbeat: ({ engine }) => void seen.push(`s2 ${engine}`) });
    link.sendLeaderHeartbeat({ cell: 'main', engine: 'e1', epoch: 3, at: 1 });
    deliver();
    expect(seen).toEqual(['s1 e1', 's2 e1']);
  });
});
