import type { Operation } from '@precedent/contracts';
import { hasErrorName } from '@precedent/kernel';
import type { AKey, Raw } from './access-server.ts';
import type { closedCell } from './closed-cell.ts';

export type ClosedCell = Awaited<ReturnType<typeof closedCell>>;

export interface Call {
  readonly key: AKey;
  /** That the caller speaks for. */
  readonly namespace: string;
  readonly operation: Pick<Operation, 'group' | 'verb'>;
  readonly request: object;
}

export interface Outcome {
  /** `answered`, or the code of the refusal. */
  readonly code: string;
  /** All that came back. */
  readonly text: string;
}

/** One way into a cell, such as NATS: the same callers may do the same over each. */
export interface Interface {
  readonly name: string;
  /** How many of the targets each caller tries: its project, another project, another namespace. */
  readonly targets: number;
  /** Resolves also where the caller is refused. */
  readonly call: (call: Call) => Promise<Outcome>;
}

/** Over a connection with the key of the caller: what the server denies is refused as FORBIDDEN, as the SDK does. */
export const natsInterface = ({ root, connectAs }: ClosedCell): Interface => {
  const connections = new Map<string, Promise<Raw>>();
  const connectionOf = (key: AKey): Promise<Raw> => {
    const made = connections.get(key.id) ?? connectAs(key);
    connections.set(key.id, made);
    return made;
  };
  return {
    name: 'NATS',
    targets: 3,
    call: async (call) => {
      try {
        return await requested(await connectionOf(call.key), root, call);
      } catch (error) {
        if (hasErrorName(error, 'PermissionViolationError'))
          return { code: 'FORBIDDEN', text: String(error) };
        throw error;
      }
    },
  };
};

/**
 * Over a connection that may publish everything: what the services refuse by themselves. They are alone where a key has grants in more
 * than a thousand namespaces.
 */
export const serviceInterface = ({ root, nc }: ClosedCell): Interface => ({
  name: 'the services alone',
  targets: 1,
  call: (call) => requested(nc, root, call),
});

const TIMEOUT_MS = 20_000;

const requested = async (nc: Raw, root: string, { key, namespace, operation, request }: Call) => {
  const subject = `${root}.ns.${namespace}.${restOf(operation)}.${key.id}`;
  const reply = await nc.request(subject, JSON.stringify(request), { timeout: TIMEOUT_MS });
  return outcomeIn(reply.string());
};

/** The last token of a submission is its band. */
const restOf = ({ group, verb }: Call['operation']): string =>
  group === 'submit' ? 'submit.low' : `${group}.${verb}`;

/** A failed task has an error too, and an id. */
const outcomeIn = (text: string): Outcome => {
  const { error, id } = JSON.parse(text) as {
    readonly error?: { readonly code: string };
    readonly id?: string;
  };
  return { code: error === undefined || id !== undefined ? 'answered' : error.code, text };
};
