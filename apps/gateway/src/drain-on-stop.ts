import { isLoopback } from '@precedent/config';
import type { Config } from '@precedent/config';
import { sleep } from '@precedent/kernel';
import type { Listener } from '@precedent/ports';
import { exitWithParent, onStopSignals } from '@precedent/processes';

interface Gateway {
  readonly config: Config;
  /** Health says from then on that the gateway stops. */
  readonly draining: AbortController;
  readonly listeners: readonly Listener[];
  /** Closes what the listeners needed. */
  readonly close: () => Promise<void>;
}

/** Stops the gateway in order when it gets a signal, and when its parent has ended. */
export const drainOnStop = ({ config, draining, listeners, close }: Gateway): void => {
  const { host, drainDelay } = config.gateway;
  const leave = async (): Promise<never> => {
    draining.abort();
    if (!isLoopback(host)) await sleep(drainDelay);
    await Promise.all(listeners.map((listener) => listener.close()));
    await close();
    process.exit(0);
  };
  onStopSignals({ stop: () => void leave().catch(() => process.exit(1)), force: () => process.exit(130) });
  exitWithParent(leave);
};
