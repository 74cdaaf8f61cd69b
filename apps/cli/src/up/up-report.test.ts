import { describe, expect, it } from 'vitest';
import { jsonReport, textReport } from './up-report.ts';
import type { UpReport } from './up-report.ts';

const tell = (report: UpReport): void => {
  report.note('ended the nats-server 7 that an earlier run left behind');
  report.starting('nats', 'nats-server 2.12.5, data in /srv');
  report.started('nats', 'nats://127.0.0.1:4222');
  report.starting('engine');
  report.line('engine', 'recovered 3 tasks');
  report.ready({ url: 'nats://127.0.0.1:4333', cell: 'main', slots: 10, flags: ' -u nats://127.0.0.1:4333' });
  report.restarting('engine', 'signal SIGKILL', 100);
  report.absent('vectorizer', 'no room');
  report.stopping('worker');
  report.stopped('worker', 1_234);
};

const recorded = (make: typeof textReport): { out: string; err: string } => {
  const seen = { out: '', err: '' };
  tell(make({ out: (text) => void (seen.out += text), err: (text) => void (seen.err += text) }));
  return seen;
};

describe('the report of up', () => {
  it('is for people: phases on stderr, and on stdout that it is ready', () => {
    expect(recorded(textReport)).toMatchInlineSnapshot(`
      {
        "err": "ended the nats-server 7 that an earlier run left behind
      nats        starting: nats-server 2.12.5, data in /srv
      nats        nats://127.0.0.1:4222
      engine      starting
      engine    | recovered 3 tasks
      engine      ended with signal SIGKILL; starting it again in 100ms
      no semantic history: no room
      worker      stopping
      worker      stopped (1.2s)
      ",
        "out": "ready: nats://127.0.0.1:4333, cell main, 10 slots
        submit  precedent submit -u nats://127.0.0.1:4333 -- echo hello
        run     precedent run -u nats://127.0.0.1:4333 -- echo hello
        look    precedent status -u nats://127.0.0.1:4333
        stop    Ctrl-C
      ",
      }
    `);
  });

  it('is for programs with --json', () => {
    const { out, err } = recorded(jsonReport);
    const events = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events.join(' ')).toBe(
      'note starting started starting line ready restarting absent stopping stopped',
    );
    expect(err).toBe('');
  });
});
