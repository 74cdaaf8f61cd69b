import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';

/** Where a program connects, and where access is required with what. */
export interface ConnectionParams {
  readonly url: string;
  readonly token?: string;
  readonly namespace?: string;
}

export const connectTo = ({ url, token, namespace }: ConnectionParams, name: string): Promise<Client> =>
  connect({
    servers: url,
    name,
    ...(token !== undefined && { token }),
    ...(namespace !== undefined && { namespace }),
  });
