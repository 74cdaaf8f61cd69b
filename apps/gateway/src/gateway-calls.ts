import { namedOperations, takesCursor } from '@precedent/contracts';
import { listedPages, natsOperationCalls, readingHistory } from '@precedent/nats';
import { sealedCursors, textSeal } from '@precedent/ports';
import type { OperationCall, OperationTexts } from '@precedent/ports';
import { servedCalls } from './served-calls.ts';

const PAGED: ReadonlySet<string> = new Set(
  namedOperations().flatMap(({ name, operation }) => (takesCursor(operation) ? [name] : [])),
);

const hasPages = ({ group, verb }: OperationCall): boolean => PAGED.has(`${group}.${verb}`);

export interface GatewayCallsOptions {
  readonly nc: Parameters<typeof natsOperationCalls>[0];
  readonly root: string;
  readonly secret: string;
  /** Access is required. */
  readonly isClosed: boolean;
}

/** What all interfaces call: the services over NATS, with the history in place of an engine that is away, and cursors that are sealed. */
export const gatewayCalls = ({ nc, root, secret, isClosed }: GatewayCallsOptions): OperationTexts => {
  const calls = servedCalls(listedPages(readingHistory(natsOperationCalls(nc, root))), isClosed);
  return sealedCursors({ calls, seal: textSeal(secret, 'cursor'), hasPages, now: Date.now });
};
