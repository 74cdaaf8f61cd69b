import type { Lease } from './lease.ts';
import type { LogStream } from './log-sink.ts';
import type { JobContext } from './options.ts';

/** What a running handler can reach of its session. */
export interface ContextServices {
  readonly progress: (lease: Lease, fraction: number, message?: string) => void;
  readonly log: (lease: Lease, stream: LogStream, text: string) => void;
}

/** The context of one attempt. After the attempt has ended its functions do nothing. */
export const contextOf = (lease: Lease, services: ContextServices): JobContext => ({
  get signal() {
    return lease.signal;
  },
  progress: (fraction, message) => {
    if (!lease.running) return;
    lease.sign();
    services.progress(lease, fraction, message);
  },
  heartbeat: () => lease.sign(),
  log: (stream, text) => {
    if (!lease.running) return;
    lease.sign();
    services.log(lease, stream, text);
  },
});
