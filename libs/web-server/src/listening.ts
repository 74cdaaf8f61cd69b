import { Server } from 'node:tls';
import { AppError, errorCode } from '@precedent/kernel';
import type { ListenerOptions, PemPair } from '@precedent/ports';

/** The result of `listen`. Rejects PORT_IN_USE, which names the setting of the port. */
export const listening = async <Result>(
  { host, port, portSetting }: Pick<ListenerOptions, 'host' | 'port'> & { readonly portSetting: string },
  listen: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await listen();
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    const message = `port ${port} of ${host} is in use: set ${portSetting}`;
    throw new AppError('PORT_IN_USE', message, { cause: error });
  }
};

/** New connections get another certificate; those that there are stay. */
export const renewCertificate = (server: object, tls: PemPair): void => {
  if (server instanceof Server) server.setSecureContext(tls);
};
