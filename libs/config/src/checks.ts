import type { Issue } from '@precedent/kernel';
import { keyProblem } from './encryption-key.ts';
import { checkIssuers } from './issuers.ts';
import { policyOf, policyProblems } from './policy.ts';
import { durationText } from './units.ts';
import type { Secret } from './secret.ts';
import type { Settings } from './settings.ts';

/** What no single key can know. Called when each key is good on its own. */
export const crossCheck = (settings: Settings): Issue[] => [
  ...checkLease(settings.worker),
  ...checkPorts(settings),
  ...checkReplicas(settings),
  ...checkCredentials(settings),
  ...checkListener(settings),
  ...checkSecret(settings.gateway.secret, 'gateway.secret'),
  ...checkTls(settings.nats),
  ...checkEncryption(settings.nats),
  ...checkIssuers(settings.access.issuers),
  ...checkPolicy(settings),
];

const checkLease = ({ lease, heartbeat }: Settings['worker']): Issue[] => {
  if (heartbeat * 2 < lease) return [];
  const message =
    `${durationText(heartbeat)} must be less than half of worker.lease, which is ${durationText(lease)}: ` +
    'one lost heartbeat would end the lease';
  return [{ field: 'worker.heartbeat', message }];
};

const checkPorts = ({ server, nats }: Settings): Issue[] =>
  nats.url === '' && nats.port !== 0 && nats.port === server.metricsPort
    ? [{ field: 'nats.port', message: `${nats.port} is the port of server.metricsPort too` }]
    : [];

const checkReplicas = ({ nats }: Settings): Issue[] =>
  nats.replicas > 1 && nats.url === ''
    ? [{ field: 'nats.replicas', message: 'a server of our own is a single one: name a cluster in nats.url' }]
    : [];

const checkCredentials = ({ nats: { token, user, password }, access }: Settings): Issue[] => {
  // The programs that `precedent up` starts are users, whatever key the configuration names for commands.
  if (!access.required && token.isSet && (user !== '' || password.isSet)) {
    return [{ field: 'nats.token', message: 'a token and a user with a password exclude each other' }];
  }
  if (password.isSet && user === '')
    return [{ field: 'nats.user', message: 'nats.password is set without a user' }];
  return [];
};

const checkEncryption = ({ encryptionKey, encryptionKeyFile }: Settings['nats']): Issue[] => {
  const field = 'nats.encryptionKey';
  if (!encryptionKey.isSet) return [];
  if (encryptionKeyFile !== '')
    return [{ field, message: 'it and nats.encryptionKeyFile exclude each other' }];
  return checkSecret(encryptionKey, field);
};

const checkSecret = (secret: Secret, field: string): Issue[] => {
  const message = secret.isSet ? keyProblem(secret.reveal()) : undefined;
  return message === undefined ? [] : [{ field, message }];
};

const checkTls = ({ tls: { ca, cert, key, verify } }: Settings['nats']): Issue[] => {
  const issue = (name: string, message: string): Issue[] => [{ field: `nats.tls.${name}`, message }];
  if (cert !== '' && key === '') return issue('key', 'it is missing: nats.tls.cert is set');
  if (cert === '' && key !== '') return issue('cert', 'it is missing: nats.tls.key is set');
  if (!verify) return [];
  return [
    ...(cert === '' ? issue('cert', 'it is missing: nats.tls.verify is set') : []),
    ...(ca === '' ? issue('ca', 'it is missing: nats.tls.verify is set') : []),
  ];
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** A server of our own that other machines reach admits no client without a credential. */
const checkListener = ({ nats, access }: Settings): Issue[] => {
  const isOpen = !access.required && !nats.token.isSet && nats.user === '';
  if (nats.url !== '' || isLoopback(nats.host) || !isOpen) return [];
  const message =
    `${nats.host} is reached from other machines, and anybody there could do everything: ` +
    'set access.required, or nats.token, or nats.user with nats.password';
  return [{ field: 'nats.host', message }];
};

const checkPolicy = (settings: Settings): Issue[] =>
  policyProblems(policyOf(settings)).map(({ field, message }) => ({ field: `preemption.${field}`, message }));
