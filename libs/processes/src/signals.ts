const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface StopSteps {
  /** The first signal: finish in good order. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** The second signal and any after it: end at once. */
  readonly force: (signal: NodeJS.Signals) => void;
}

/**
 * Whether this process goes on when its terminal is closed, as `nohup` wants it. Node forgets at its start that a signal is ignored, so
 * the launcher passes it on as a variable.
 */
export const ignoresHangup = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env['PRECEDENT_NOHUP'] === '1';

/**
 * Calls `stop` at the first SIGINT, SIGTERM or SIGHUP, and `force` at the next. A SIGHUP that this process ignores changes nothing. The
 * returned function stops listening.
 */
export const onStopSignals = ({ stop, force }: StopSteps): (() => void) => {
  let signals = 0;
  const listener = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGHUP' && ignoresHangup(process.env)) return;
    signals += 1;
    if (signals === 1) stop(signal);
    else force(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
};
