import type { AuditEntry, AuditMessage, AuditPosition } from '@precedent/contract-types';

/** What was changed and what was refused, as a chain of messages that several programs write and that cannot be removed. */
export interface AuditTrail {
  /** Resolves when the entry is durable. Rejects AUDIT_UNAVAILABLE; then the entry may be there all the same. */
  append(entry: AuditEntry): Promise<void>;
  /** The last message; `undefined` without any. Rejects AUDIT_UNAVAILABLE. */
  last(): Promise<AuditPosition | undefined>;
  /** The next messages after a position, at most a page of them; none when there are no more. Rejects AUDIT_UNAVAILABLE. */
  read(after: number): Promise<readonly AuditMessage[]>;
}

/** Where the messages are stored. Every method rejects AUDIT_UNAVAILABLE when the store does not answer. */
export interface AuditStore {
  /** Stores a message as the next one after `after`. `conflict`: that is not the last one. Rejects AUDIT_UNAVAILABLE when it is full, too. */
  put(text: string, after: number): Promise<'stored' | 'conflict'>;
  last(): Promise<AuditMessage | undefined>;
  read(after: number): Promise<readonly AuditMessage[]>;
}
