import { AppError } from '@precedent/kernel';
import type { MemoryLog } from '@precedent/memory';
import type { AppendLog } from '@precedent/ports';
import type { Carrier } from './carrier.ts';

/**
 * The weakest log that satisfies the port: it accepts an append exactly when the number of entries fits, also when one that
 * the same writer had sent before it was refused. JetStream does so with `Nats-Expected-Last-Sequence` alone.
 */
export const countingLog = (log: MemoryLog, carrier: Carrier): AppendLog => ({
  maxEntryBytes: log.maxEntryBytes,
  last: () => log.last(),
  read: (after) => log.read(after),
  purge: (upTo) => log.purge(upTo),
  append: (text, expected) =>
    new Promise((resolve, reject) => {
      carrier.carry(() => {
        const landing = log.storage.land({ text, expected, at: 0, token: {}, behind: undefined });
        if (landing === 'landed') resolve(expected + 1);
        else
          reject(
            new AppError('JOURNAL_FENCED', `expected last entry ${expected}, it is ${log.storage.last}`),
          );
      });
    }),
});
