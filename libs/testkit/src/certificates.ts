import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A certificate and its private key, as PEM files. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Names and addresses of hosts. */
  readonly hosts: readonly string[];
  /** Days that it is valid from now on; below zero: it has expired. 1 by default. */
  readonly days?: number;
  /** Limits it to this use. */
  readonly use?: 'serverAuth' | 'clientAuth';
}

/** An authority whose files are in a folder of a test. */
export interface TestAuthority {
  readonly ca: string;
  issue(name: string, options: CertificateOptions): TestCertificate;
}

/** Node makes no certificates. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes a certificate authority with the openssl program. */
export const testAuthority = (folder: string, name = 'ca'): TestAuthority => {
  const at = (file: string): string => path.join(folder, `${name}-${file}`);
  const [ca, caKey] = [at('ca.pem'), at('ca.key')];
  openssl('req', '-x509', ...KEY, '-keyout', caKey, '-out', ca, '-days', '2', '-subj', `/CN=${name}`);
  return {
    ca,
    issue: (subject, { hosts, days = 1, use }) => {
      const [cert, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((end) =>
        at(`${subject}.${end}`),
      );
      openssl('req', ...KEY, '-keyout', key ?? '', '-out', request ?? '', '-subj', `/CN=${subject}`);
      writeFileSync(extensions ?? '', extensionsOf(hosts, use));
      const signing = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-days', String(days)];
      openssl(
        'x509',
        '-req',
        '-in',
        request ?? '',
        '-out',
        cert ?? '',
        ...signing,
        '-extfile',
        extensions ?? '',
      );
      return { cert: cert ?? '', key: key ?? '' };
    },
  };
};

const extensionsOf = (hosts: readonly string[], use: string | undefined): string => {
  const names = hosts.map((host) => `${/^[\d.:]+$/.test(host) ? 'IP' : 'DNS'}:${host}`).join(',');
  return `subjectAltName=${names}\n${use === undefined ? '' : `extendedKeyUsage=${use}\n`}`;
};

/** Puts a certificate and its key where others are, as a renewal does. */
export const replaceCertificate = (old: TestCertificate, renewed: TestCertificate): void => {
  copyFileSync(renewed.cert, old.cert);
  copyFileSync(renewed.key, old.key);
};
