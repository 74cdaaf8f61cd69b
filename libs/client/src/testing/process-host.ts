import { launchProcess } from '../worker/isolation/process-guest.ts';
import type { Job } from '../worker/handler.ts';

/** A program that runs the handler `processLoop` in a process, prints the id of that, and waits to be killed. */

const module = new URL('./isolated-handlers.ts', import.meta.url).href;
const guest = launchProcess(
  { name: 'loop' },
  {
    received: (message) => {
      if (message.kind === 'note' && message.name === 'log') process.stdout.write(`${message.text}\n`);
    },
    ended: () => process.exit(1),
  },
);
guest.post({ kind: 'load', module, export: 'processLoop', logBytes: 1_000 });
guest.post({ kind: 'start', run: 1, job: { id: 'a' } as Job });
setInterval(() => undefined, 60_000);
