import type { Config } from './settings.ts';

/** How a program of this cell reaches its NATS server. */
export interface NatsOptions {
  readonly url: string;
  /** Shown by the server's monitoring. */
  readonly name: string;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
}

export const natsOptionsOf = ({ nats, cell }: Config, program: string): NatsOptions => {
  const { url, host, port, user, password, token } = nats;
  return {
    url: url === '' ? `nats://${host}:${port}` : url,
    name: `precedent-${program}-${cell}`,
    ...(token.isSet && { token: token.reveal() }),
    ...(user !== '' && { user, pass: password.reveal() }),
  };
};
