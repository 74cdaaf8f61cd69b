import { Worker, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { GuestMessage, HostMessage } from './protocol.ts';

/** How a guest speaks with its host. */
export interface GuestPort {
  readonly post: (message: GuestMessage) => void;
  readonly listen: (received: (message: HostMessage) => void) => void;
  /** Takes what has arrived, also inside of code that never waits. Only threads can. */
  readonly poll: () => void;
  /** Posts the last message and ends the guest. */
  readonly exit: (last: GuestMessage) => void;
}

/** Of the thread or process that this runs in. */
export const openPort = (): GuestPort => (parentPort ? threadPort(parentPort) : processPort());

const threadPort = (port: MessagePort): GuestPort => {
  let receive: (message: HostMessage) => void = () => undefined;
  const post = (message: GuestMessage): void => port.postMessage(message);
  return {
    post,
    listen: (received) => {
      receive = received;
      port.on('message', received);
    },
    poll: () => {
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
        receive(next.message as HostMessage);
    },
    exit: (last) => {
      post(last);
      process.exit(1);
    },
  };
};

const processPort = (): GuestPort => {
  dieWithHost();
  return {
    post: (message) => void process.send?.(message),
    listen: (received) => void process.on('message', (message) => received(message as HostMessage)),
    poll: () => undefined,
    exit: (last) => void process.send?.(last, undefined, undefined, () => process.exit(1)),
  };
};

/** A blocked process does not see that its channel is closed: a thread of its own looks for the host. */
const WATCHDOG = `
  const { workerData: host } = require('node:worker_threads');
  setInterval(() => {
    if (process.ppid !== host) process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL');
  }, 500);
`;

const dieWithHost = (): void => {
  process.once('disconnect', () => process.exit(1));
  new Worker(WATCHDOG, { eval: true, execArgv: [], name: 'watchdog', workerData: process.ppid }).unref();
};
