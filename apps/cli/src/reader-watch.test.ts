import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { OutputReaderWatch } from './reader-watch.ts';
import type { WatchedOutput } from './reader-watch.ts';

const setup = ({ ignoresHangup = false } = {}) => {
  const stdout: WatchedOutput = { fd: 1, stream: new PassThrough() };
  const stderr = { fd: 2, stream: new PassThrough() } as const;
  const exits: number[] = [];
  const watch = new OutputReaderWatch({
    outputs: [stdout, stderr],
    ignoresHangup,
    exit: (code) => exits.push(code),
  });
  const stops: string[] = [];
  const fail = ({ stream }: WatchedOutput, code: string): void =>
    void (stream as PassThrough).emit('error', Object.assign(new Error(`${code}: broken`), { code }));
  const listen = () =>
    watch.onLost({ stop: (signal) => stops.push(signal), force: () => stops.push('force') });
  const said = (): string => String(stderr.stream.read() ?? '');
  return { watch, stdout, stderr, exits, stops, fail, listen, said };
};

describe('ReaderWatch', () => {
  it('ends the process with 141 when no command listens', () => {
    const { fail, stdout, exits } = setup();
    fail(stdout, 'EPIPE');
    expect(exits).toEqual([141]);
  });

  it.each(['stdout', 'stderr'] as const)('stops the command once when the reader of %s goes away', (name) => {
    const { watch, fail, listen, exits, stops, ...outputs } = setup();
    listen();
    fail(outputs[name], 'EPIPE');
    fail(outputs[name], 'EPIPE');
    expect(stops).toEqual(['SIGPIPE']);
    expect(exits).toEqual([]);
    expect(watch.exitCode(0)).toBe(141);
  });

  it('stops the command when its terminal is gone, unless that is ignored', () => {
    const [heeds, ignores] = [setup(), setup({ ignoresHangup: true })];
    for (const { fail, listen, stdout } of [heeds, ignores]) {
      listen();
      fail(stdout, 'EIO');
    }
    expect(heeds.stops).toEqual(['SIGPIPE']);
    expect(ignores.stops).toEqual([]);
    expect(ignores.watch.exitCode(0)).toBe(0);
  });

  it('goes on when the disk is full, says so once, and turns a good end into 74', () => {
    const { watch, fail, listen, stdout, stops, said } = setup();
    listen();
    fail(stdout, 'ENOSPC');
    fail(stdout, 'ENOSPC');
    expect(stops).toEqual([]);
    expect(said()).toBe('stdout cannot be written: ENOSPC: broken\n');
    expect([watch.exitCode(0), watch.exitCode(3)]).toEqual([74, 3]);
  });
});
