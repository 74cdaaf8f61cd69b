import type { Telemetry, TelemetryEvent } from '@precedent/ports';

/** The health of an engine, for programs that restart it or send it traffic. */
export interface HealthReport {
  /** `ok`: it accepts tasks and runs them. */
  readonly status: 'ok' | 'unavailable';
  readonly engine: string;
  readonly journal: 'ok' | 'unavailable';
  readonly epoch?: number;
  /** The engine that owns the cell, while this one stands by. */
  readonly owner?: string;
  /** The code of the error with which it failed. */
  readonly error?: string;
}

export interface Health extends Telemetry {
  /** `false` after a failure that a restart may repair. An engine that starts, stands by or waits for its journal is alive. */
  readonly isAlive: boolean;
  report(): HealthReport;
}

/** Derives the health of the engine from its telemetry events. */
export const healthTelemetry = (): Health => {
  let engine = 'stopped';
  let epoch: number | undefined;
  let owner: string | undefined;
  let error: string | undefined;
  let isJournalUp = true;
  const emit = (event: TelemetryEvent): void => {
    if (event.name === 'engine.state') {
      engine = event.to;
      error = event.cause?.code;
      owner = undefined;
    } else if (event.name === 'engine.standby') owner = event.owner;
    else if (event.name === 'recovery.finished') [epoch, owner] = [event.epoch, undefined];
    else if (event.name === 'journal.unavailable') isJournalUp = false;
    else if (event.name === 'journal.restored' || event.name === 'journal.flushed') isJournalUp = true;
  };
  return {
    emit,
    get isAlive() {
      return engine !== 'error';
    },
    report: () => ({
      status: engine === 'running' && isJournalUp ? 'ok' : 'unavailable',
      engine,
      journal: isJournalUp ? 'ok' : 'unavailable',
      ...(epoch !== undefined && engine === 'running' && { epoch }),
      ...(owner !== undefined && { owner }),
      ...(error !== undefined && { error }),
    }),
  };
};
