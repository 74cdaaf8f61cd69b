/**
 * The accounts of a NATS server that requires credentials. A subject of one account is nothing in another one, except where it is exported:
 * so a reply subject that a client makes up cannot turn an answer of ours into a request to JetStream or to a service.
 */
export const ACCOUNTS = {
  /** Our programs, and all streams. */
  cell: 'PRECEDENT',
  /** Every other user, also the admins of the cell. */
  clients: 'PRECEDENT_CLIENTS',
  /** Programs that run tasks. */
  workers: 'PRECEDENT_WORKERS',
  /** Checks the credentials of connections. */
  callout: 'PRECEDENT_CALLOUT',
  /** Ends connections. */
  system: 'PRECEDENT_SYSTEM',
} as const;

/** The users whom the server knows itself: our own programs. */
export const INTERNAL_USERS = {
  cell: 'precedent-internal',
  callout: 'precedent-callout',
  system: 'precedent-system',
} as const;

/** What crosses from the account of the cell. */
export interface CrossedSubjects {
  /** Requests to our services, and publishes into our streams. */
  readonly services: readonly string[];
  /** What our programs publish. */
  readonly streams: readonly string[];
}

/** What the accounts of clients and workers reach. Permissions narrow it for each connection. */
export const crossedSubjects = (root: string): Readonly<Record<'clients' | 'workers', CrossedSubjects>> => {
  const clients = { services: [`${root}.ns.>`], streams: [`${root}.events.>`, `${root}.labelled.>`] };
  return {
    clients,
    workers: {
      services: [...clients.services, `${root}.cell.*.report.*`, `${root}.cell.*.output.*.*`],
      streams: [
        ...clients.streams,
        `${root}.cell.*.roll-call`,
        `${root}.worker.*.*.assign`,
        `${root}.worker.*.*.signal`,
      ],
    },
  };
};
