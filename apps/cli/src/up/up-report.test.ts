import { describe, expect, it } from 'vitest';
import type { Io } from '../io.ts';
import { screenOf } from '../terminal/screen.ts';
import { textReport } from './text-report.ts';
import { jsonReport } from './up-report.ts';
import type { UpReport } from './up-report.ts';

type Recorder = Pick<Io, 'out' | 'err' | 'now' | 'stderr' | 'env'>;

const tell = (report: UpReport): void => {
  report.note('ended the orphaned nats-server of an earlier run (process 7)');
  report.starting('nats', 'nats-server 2.12.5, data in /srv');
  report.started('nats', 'nats://127.0.0.1:4222');
  report.starting('engine');
  report.line('engine', 'recovered 3 tasks');
  report.started('engine', 'process 7');
  report.ready({ url: 'nats://127.0.0.1:4333', cell: 'main', slots: 10, flags: ' -u nats://127.0.0.1:4333' });
  report.restarting('engine', 'signal SIGKILL', 100);
  report.absent('vectorizer', 'no room');
  report.stopping('worker');
  report.stopped('worker', 1_234);
};

const recorded = (make: (io: Recorder) => UpReport): { out: string; err: string } => {
  const seen = { out: '', err: '' };
  let now = 0;
  const stderr = screenOf(
    { isTTY: true, columns: 80, write: (text) => void (seen.err += text) },
    { NO_COLOR: '1' },
  );
  const stdout = screenOf({ write: (text) => void (seen.out += text) }, {});
  tell(make({ out: stdout.text, err: stderr.text, stderr, env: {}, now: () => (now += 350) }));
  return seen;
};

describe('the report of up', () => {
  it('is for people: a line for each part with its time on stderr, and on stdout that it is ready', () => {
    expect(recorded(textReport)).toMatchInlineSnapshot(`
      {
        "err": "ended the orphaned nats-server of an earlier run (process 7)
      nats        350ms   nats://127.0.0.1:4222, nats-server 2.12.5, data in /srv
      engine      350ms   process 7
      engine      ended with signal SIGKILL; starts again in 100ms
      no semantic history: no room
      worker      stopping
      worker      stopped (1.2s)
      ",
        "out": "ready in 1.8s: nats://127.0.0.1:4333, cell main, 10 slots
        run     precedent run -u nats://127.0.0.1:4333 -- echo hello
        submit  precedent submit -u nats://127.0.0.1:4333 -- echo hello
        look    precedent top -u nats://127.0.0.1:4333
        stop    Ctrl-C
      ",
      }
    `);
  });

  it('cuts nothing off on a narrow terminal', () => {
    const { err } = recorded((io) => {
      const report = textReport(io);
      report.starting('gateway');
      report.started(
        'gateway',
        'http://127.0.0.1:16080, gRPC http://127.0.0.1:16081, MCP http://127.0.0.1:16082/mcp, process 7',
      );
      return report;
    });
    expect(err).toContain(
      'gateway     350ms   http://127.0.0.1:16080, gRPC http://127.0.0.1:16081, MCP\n            http://127.0.0.1:16082/mcp, process 7\n',
    );
  });

  it('shows the lines of a part that cannot start, and of every part with --verbose', () => {
    const { err } = recorded((io) => {
      const report = textReport(io);
      report.starting('vectorizer');
      report.line('vectorizer', 'opening collections');
      return report;
    });
    expect(err).toContain('vectorizer| opening collections\nno semantic history: no room\n');
    expect(err).not.toContain('recovered 3 tasks');
    const verbose = recorded((io) => textReport(io, { verbose: true }));
    expect(verbose.err).toContain('engine    | recovered 3 tasks\n');
  });

  it('shows trouble at once', () => {
    const { err } = recorded((io) => {
      const report = textReport(io);
      report.line('engine', 'port 9090 cannot be used: no metrics');
      return report;
    });
    expect(err).toMatch(/^engine {4}\| port 9090 cannot be used/);
  });

  it('is for programs with --json', () => {
    const { out, err } = recorded(jsonReport);
    const events = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events.join(' ')).toBe(
      'note starting started starting line started ready restarting absent stopping stopped',
    );
    expect(err).toBe('');
  });
});
