import { readFileSync } from 'node:fs';
import { serverTlsOf } from '@precedent/config';
import type { Config } from '@precedent/config';
import { messageOf } from '@precedent/kernel';
import { reachableHost, watchFiles } from '@precedent/processes';
import type { UpReport } from './up-report.ts';

/**
 * Calls `reload` each time that the files of `nats.tls` hold other certificates that fit together. Other contents are reported, and the
 * server keeps the ones that it has. Returns what ends it.
 */
export const reloadCertificates = (
  config: Config,
  report: Pick<UpReport, 'note'>,
  reload: () => void,
): (() => void) => {
  const { ca, cert, key } = config.nats.tls;
  if (cert === '') return () => undefined;
  const files = [ca, cert, key].filter((file) => file !== '');
  let loaded = contentsOf(files);
  return watchFiles(files, () => {
    const now = contentsOf(files);
    if (now === loaded) return;
    try {
      serverTlsOf(config, reachableHost(config.nats.host));
    } catch (error) {
      report.note(`nats: the certificates have changed, and are not used: ${messageOf(error)}`);
      return;
    }
    loaded = now;
    reload();
    report.note('nats: the certificates have changed, and are used for new connections');
  });
};

/** Empty for a file that is not there. */
const contentsOf = (files: readonly string[]): string =>
  files
    .map((file) => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
