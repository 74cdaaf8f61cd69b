import { gatewayTlsOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { messageOf } from '@precedent/kernel';
import type { LineLogger } from '@precedent/kernel';
import { watchFiles } from '@precedent/processes';

interface Renewable {
  renew(tls: { readonly cert: string; readonly key: string }): void;
}

interface Renewal {
  readonly config: Config;
  readonly servers: readonly Renewable[];
  readonly log: LineLogger;
}

/** Gives the servers the certificates that are in the files now, each time that these change and fit together. Returns what ends that. */
export const renewCertificates = ({ config, servers, log }: Renewal): (() => void) => {
  const { cert, key } = config.gateway.tls;
  if (cert === '') return () => undefined;
  return watchFiles([cert, key], () => {
    try {
      const tls = gatewayTlsOf(config);
      if (tls) for (const server of servers) server.renew(tls);
      log('info', () => 'the certificates have changed, and are used for new connections');
    } catch (error) {
      log('warn', () => `the certificates have changed, and are not used: ${messageOf(error)}`);
    }
  });
};
