import type { Telemetry, TelemetryEvent } from '@precedent/ports';

/** The health of an engine, for what decides about restarts and traffic. */
export interface HealthReport {
  /** `ok`: it accepts tasks and runs them. */
  readonly status: 'ok' | 'unavailable';
  readonly engine: string;
  readonly journal: 'ok' | 'unavailable';
  readonly epoch?: number;
  /** The engine that owns the cell, while this one stands by. */
  readonly owner?: string;
  /** What it failed with. */
  readonly error?: string;
}

export interface Health extends Telemetry {
  /** Whether a restart would change nothing: also an engine that starts, stands by or waits for its journal is alive. */
  readonly isAlive: boolean;
  report(): HealthReport;
}

/** Hears what the engine tells, and knows from it whether tasks can be accepted now. */
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
