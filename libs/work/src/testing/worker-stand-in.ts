// A worker reduced to one command, so that a test can kill it: `node worker-stand-in.ts <node source> <checkpoint root>`.
import { tmpdir } from 'node:os';
import { commandExecutor } from '../index.ts';
import { aJob } from './attempt.ts';

const [, , source = '', checkpointRoot = tmpdir()] = process.argv;
const context = {
  signal: new AbortController().signal,
  yieldSignal: new AbortController().signal,
  resume: undefined,
  checkpoint: () => Promise.resolve(),
  suspendable: () => undefined,
  progress: () => undefined,
  heartbeat: () => undefined,
  log: () => undefined,
};
await commandExecutor({ checkpointRoot })(aJob({ command: process.execPath, args: ['-e', source] }), context);
