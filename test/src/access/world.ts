import type { Problem } from '@precedent/kernel';
import { endChangedConnections, serveAuthCallout } from '@precedent/nats';
import type { RefusedConnection } from '@precedent/nats';
import { tokenVerifier } from '@precedent/oidc';
import type { TokenIssuer } from '@precedent/ports';
import { onTestFinished } from 'vitest';
import { accessServer } from './access-server.ts';
import type { Raw } from './access-server.ts';

/** A real server that requires credentials, with the parts of the engine that check them. */
export const accessWorld = async ({
  hasEnder = true,
  issuers = [],
}: { readonly hasEnder?: boolean; readonly issuers?: readonly TokenIssuer[] } = {}) => {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const world = await accessServer(stack, issuers);
  const { internal, registry, root, secrets } = world;
  const refused: RefusedConnection[] = [];
  const faults: Problem[] = [];
  const ended: (readonly [string, number])[] = [];
  let clock: number | undefined;
  const onFault = (problem: Problem): void => void faults.push(problem);
  const now = (): number => clock ?? Date.now();
  const callout = serveAuthCallout({
    nc: await internal('callout'),
    registry,
    issuerSeed: secrets.issuer.seed,
    root,
    now,
    tokens: issuers.length > 0 ? tokenVerifier(issuers, now) : undefined,
    onRefused: (one) => refused.push(one),
    onFault,
  });
  if (hasEnder)
    stack.defer(
      endChangedConnections({
        nc: await internal('system'),
        registry,
        now: Date.now,
        onEnded: (...one) => ended.push(one),
        onFault,
      }),
    );
  return {
    ...world,
    callout,
    refused,
    faults,
    ended,
    setClock: (at: number) => {
      clock = at;
    },
  };
};

/** Resolves to the server's refusal of a publish or subscription; `undefined` when there is none. */
export const refusalOf = async (nc: Raw, act: () => void): Promise<string | undefined> => {
  const statuses = nc.status();
  act();
  await nc.flush();
  // The refusal comes before the answer to the flush; its status event some microtasks later.
  await new Promise((resolve) => setImmediate(resolve));
  const end = (statuses as { stop?: () => void }).stop?.bind(statuses);
  end?.();
  for await (const status of statuses) if (status.type === 'error') return status.error.message;
  return undefined;
};
