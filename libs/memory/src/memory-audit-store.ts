import type { AuditMessage } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { AuditStore } from '@precedent/ports';

export interface MemoryAuditStore extends AuditStore {
  /** Nothing more is stored. */
  isFull: boolean;
}

/** The messages of an audit trail in memory. */
export const memoryAuditStore = (): MemoryAuditStore => {
  const messages: AuditMessage[] = [];
  const store: MemoryAuditStore = {
    isFull: false,
    put: async (text, after) => {
      if (store.isFull) throw new AppError('AUDIT_UNAVAILABLE', 'the audit trail is full');
      if (after !== messages.length) return 'conflict';
      messages.push({ seq: after + 1, text });
      return 'stored';
    },
    last: async () => messages.at(-1),
    read: async (after) => messages.slice(after),
  };
  return store;
};
