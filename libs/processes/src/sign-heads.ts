import { problemOf, startInterval } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { AuditTrail } from '@precedent/ports';
import type { AuditFolder } from './audit-folder.ts';

export interface HeadSigningOptions {
  readonly trail: AuditTrail;
  readonly folder: Pick<AuditFolder, 'sign' | 'keep'>;
  /** The program that signs. */
  readonly service: string;
  readonly now: () => EpochMs;
  /** Nothing was signed; the next hour it is tried again. */
  readonly onFault: (problem: Problem) => void;
}

const EVERY_MS = 3_600_000;

export interface HeadSigning {
  /** Signs what is new, and no more after that. */
  stop(): Promise<void>;
}

/** Signs the last message of the trail now, every hour, and at the end. A trail without anything new is not signed again. */
export const signHeads = (options: HeadSigningOptions): HeadSigning => {
  const { trail, folder, service, now, onFault } = options;
  /** The message with the last signature. */
  let signed = 0;
  const signOnce = async (): Promise<void> => {
    const last = await trail.last();
    if (last === undefined || last.seq === signed) return;
    const head = folder.sign(last);
    await trail.append({ at: now(), service, head });
    signed = last.seq + 1;
    folder.keep(head);
  };
  let running: Promise<void> = Promise.resolve();
  const sign = (): Promise<void> => {
    running = running.then(signOnce).catch((error: unknown) => onFault(problemOf(error)));
    return running;
  };
  void sign();
  const timer = startInterval(EVERY_MS, () => void sign()).unref();
  return {
    stop: () => {
      timer.cancel();
      return sign();
    },
  };
};
