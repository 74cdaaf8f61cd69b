// A worker reduced to one command, so that a test can kill it: `node worker-stand-in.ts <node source>`.
import { commandExecutor } from '../index.ts';
import { aJob } from './attempt.ts';

const [, , source = ''] = process.argv;
const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  heartbeat: () => undefined,
  log: () => undefined,
};
await commandExecutor()(aJob({ command: process.execPath, args: ['-e', source] }), context);
