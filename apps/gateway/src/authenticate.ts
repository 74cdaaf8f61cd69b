import { createHash, timingSafeEqual } from 'node:crypto';
import { highestBandAmong, parseKey } from '@precedent/access';
import type { Config } from '@precedent/config';
import { AppError } from '@precedent/kernel';
import type { AccessGate } from '@precedent/nats';
import { newKey, verifyKey } from '@precedent/ports';
import type { Authenticate, CallerSession } from '@precedent/ports';
import { gatewayKey } from '@precedent/processes';

/** Checks the credential of each HTTP request: a key of the cell, or that of the data folder where access is open. */
export const authenticator = (config: Config, gate: AccessGate | undefined): Authenticate =>
  gate === undefined ? openAuthenticator(config) : keyAuthenticator(config, gate);

const openAuthenticator = ({ storage, namespace }: Config): Authenticate => {
  const digest = digestOf(gatewayKey(storage.dataDir, () => newKey().text));
  const session: CallerSession = { namespace, highestBand: 'critical' };
  return (token) =>
    timingSafeEqual(digestOf(token), digest)
      ? Promise.resolve(session)
      : Promise.reject(
          new AppError(
            'UNAUTHENTICATED',
            `not the key of this gateway, which is in ${storage.dataDir}/gateway.key`,
          ),
        );
};

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

const keyAuthenticator =
  ({ namespace }: Config, gate: AccessGate): Authenticate =>
  async (token) => {
    const { registry, now } = gate;
    const parsed = parseKey(token);
    if ('code' in parsed) throw await refusal(gate, 'unknown', 'the credential is not a key');
    const verified = verifyKey(registry, parsed, now());
    const principal = 'key' in verified ? registry.principalOf(parsed.id, now()) : undefined;
    if (principal === undefined) {
      const reason = 'refusal' in verified ? verified.refusal : 'unknown';
      throw await refusal(gate, parsed.id, `the key ${parsed.id} is not valid: ${reason}`);
    }
    const [only, ...others] = new Set(principal.grants.map((grant) => grant.namespace));
    const isOne = only !== undefined && only !== '*' && others.length === 0;
    const highestBand = highestBandAmong(principal.grants);
    return { credential: parsed.id, namespace: isOne ? only : namespace, highestBand };
  };

/** Recorded before it is answered. */
const refusal = async ({ audit }: AccessGate, credential: string, message: string): Promise<AppError> => {
  await audit.refused({ operation: 'http.authenticate', credential, namespace: '*' }, 'UNAUTHENTICATED');
  return new AppError('UNAUTHENTICATED', message);
};
