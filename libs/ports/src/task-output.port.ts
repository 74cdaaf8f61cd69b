import type { HistoryLogsReply } from '@precedent/contract-types';

export interface OutputQuery {
  readonly id: string;
  /** The `last` of an earlier answer; 0: from the beginning. */
  readonly after: number;
  /** Chunks, at most. */
  readonly limit: number;
  /** Milliseconds to wait when there is nothing. */
  readonly waitMs: number;
}

/** The output of tasks, as workers store it. Rejects JOURNAL_UNAVAILABLE when the store cannot be read. */
export interface TaskOutput {
  /** What is stored there, about a message full at most. */
  read(query: OutputQuery): Promise<HistoryLogsReply>;
}
