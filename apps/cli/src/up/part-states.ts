import type { PartStatus } from '@precedent/contract-types';
import { excerptOf } from '@precedent/kernel';
import type { PartName, UpReport } from './up-report.ts';

const REASON_CHARS = 300;

/** The state of each part, taken from the reports. `status` gets it from the engine. */
export class PartStates {
  /** Called at every change. */
  onChange: (parts: readonly PartStatus[]) => void = () => undefined;
  readonly #parts = new Map<PartName, PartStatus>();
  readonly #now: () => number;

  /** `now`: epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The report, with what it says of parts noted here as well. */
  listening(report: UpReport): UpReport {
    return {
      ...report,
      started: (part, what) => {
        report.started(part, what);
        this.#set(part, { state: 'running', restarts: this.#parts.get(part)?.restarts ?? 0 });
      },
      restarting: (part, reason, delayMs) => {
        report.restarting(part, reason, delayMs);
        this.#set(part, {
          state: 'restarting',
          restarts: (this.#parts.get(part)?.restarts ?? 0) + 1,
          reason: excerptOf(reason, REASON_CHARS),
        });
      },
      absent: (part, reason) => {
        report.absent(part, reason);
        this.#set(part, { state: 'absent', restarts: 0, reason: excerptOf(reason, REASON_CHARS) });
      },
    };
  }

  /** A part that fails again and again keeps the time of its first failure, and a running one why it was started again. */
  #set(name: PartName, { state, restarts, reason }: Omit<PartStatus, 'name' | 'at'>): void {
    const before = this.#parts.get(name);
    const at = state === before?.state ? before.at : this.#now();
    const because = reason ?? before?.reason;
    this.#parts.set(name, { name, state, at, restarts, ...(because !== undefined && { reason: because }) });
    this.onChange([...this.#parts.values()]);
  }
}
