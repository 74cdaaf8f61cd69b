/** Starts once and stops once, however often and in whatever order the two are called. */
export interface Service {
  readonly name: string;
  /** Resolves when ready; rejects when it failed. A second call joins the first. */
  start(): Promise<void>;
  /** Resolves when the service has ended. Safe before start, during start, and twice. */
  stop(): Promise<void>;
}

export interface ServiceSteps {
  readonly name: string;
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A service from its two steps. `close` runs after an `open` that succeeded or failed, never at the same time. */
export const service = ({ name, open, close }: ServiceSteps): Service => {
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  const shut = async (): Promise<void> => {
    // A stop from within `open` comes before its promise is known here.
    await Promise.resolve();
    await starting?.catch(() => undefined);
    if (starting) await close();
  };
  return {
    name,
    start: () => {
      if (stopping) return Promise.reject(new Error(`service ${name} was stopped`));
      starting ??= (async () => open())();
      return starting;
    },
    stop: () => (stopping ??= shut()),
  };
};

/** Starts in order; when one fails, those before it are stopped in reverse order and its error is thrown. */
export const startAll = async (services: readonly Service[]): Promise<void> => {
  for (const [index, current] of services.entries()) {
    try {
      await current.start();
    } catch (error) {
      // An error of the roll-back is not the reason why the start failed.
      await stopAll(services.slice(0, index + 1)).catch(() => undefined);
      throw error;
    }
  }
};

/** Stops in reverse order. A service that fails to stop does not prevent the others from stopping; the first error is thrown at the end. */
export const stopAll = async (services: readonly Service[]): Promise<void> => {
  const errors: unknown[] = [];
  for (const current of services.toReversed()) {
    await current.stop().catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
};
