const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface StopSteps {
  /** The first signal: finish in good order. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** The second signal and any after it: end at once. */
  readonly force: (signal: NodeJS.Signals) => void;
}

/** Calls `stop` at the first SIGINT, SIGTERM or SIGHUP, and `force` at the next. The returned function stops listening. */
export const onStopSignals = ({ stop, force }: StopSteps): (() => void) => {
  let signals = 0;
  const listener = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (signals === 1) stop(signal);
    else force(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
};
