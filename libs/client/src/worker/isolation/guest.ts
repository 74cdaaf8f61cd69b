import { GuestRunner } from './guest-runner.ts';
import { openPort } from './guest-port.ts';
import { packThrown } from './thrown-value.ts';

/** The program of a guest: a thread or a process that runs the handlers of one module until it is ended. */

const port = openPort();
const runner = new GuestRunner(port);
process.on('uncaughtException', (error, origin) =>
  port.exit({ kind: 'uncaught', origin, error: packThrown(error) }),
);
port.listen((message) => runner.receive(message));
