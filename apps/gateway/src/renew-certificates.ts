import { gatewayTlsOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { messageOf } from '@precedent/kernel';
import type { LineLogger } from '@precedent/kernel';
import type { Listener } from '@precedent/ports';
import { watchFiles } from '@precedent/processes';

interface Renewal {
  readonly config: Config;
  readonly listeners: readonly Listener[];
  readonly log: LineLogger;
}

/** Gives the listeners the certificates that are in the files now, each time that these change and fit together. Returns what ends that. */
export const renewCertificates = ({ config, listeners, log }: Renewal): (() => void) => {
  const { cert, key } = config.gateway.tls;
  if (cert === '') return () => undefined;
  return watchFiles([cert, key], () => {
    try {
      const tls = gatewayTlsOf(config);
      if (tls) for (const listener of listeners) listener.renew(tls);
      log('info', () => 'the certificates have changed, and are used for new connections');
    } catch (error) {
      log('warn', () => `the certificates have changed, and are not used: ${messageOf(error)}`);
    }
  });
};
