import { randomUUID } from 'node:crypto';
import { addKey, parseKey, revokeKey, validKeysOf } from '@precedent/access';
import { ANY } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { newKey, verifyKey } from '@precedent/ports';
import type { AccessRegistry } from '@precedent/ports';
import { hasNatsSecrets, readAdminKey, writeAdminKey } from '@precedent/processes';

/** The principal of the key that an engine makes for the person at its machine. */
const LOCAL_ADMIN = 'local-admin';

interface AdminKeyContext {
  readonly registry: AccessRegistry;
  readonly dataDir: string;
  readonly now: EpochMs;
}

/**
 * Makes the key of the local admin where the data folder of an own NATS server has none that is valid: it is the key with which all
 * others are made. Returns whether it made one. A key whose file was lost is revoked.
 */
export const ensureAdminKey = async (context: AdminKeyContext): Promise<boolean> => {
  const { registry, dataDir, now } = context;
  if (!hasNatsSecrets(dataDir) || isValid(context, readAdminKey(dataDir))) return false;
  for (const { id } of validKeysOf(registry, LOCAL_ADMIN, now))
    await registry.change((state) => revokeKey(state, id, now));
  const { text, id, sha256 } = newKey();
  await registry.change((state) =>
    addKey(state, { id, principal: LOCAL_ADMIN, kind: 'human', sha256, createdAt: now }),
  );
  if (!registry.grants().some(({ principal }) => principal === LOCAL_ADMIN))
    await registry.change(() => ({
      kind: 'grant',
      grant: { id: randomUUID(), principal: LOCAL_ADMIN, role: 'admin', namespace: ANY, project: ANY },
    }));
  writeAdminKey(dataDir, text);
  return true;
};

const isValid = ({ registry, now }: AdminKeyContext, text: string | undefined): boolean => {
  const parsed = parseKey(text ?? '');
  return !('code' in parsed) && 'key' in verifyKey(registry, parsed, now);
};
