import type { JetStreamManager, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { AppError } from '@precedent/kernel';
import { purposeOf } from './stream-purpose.ts';
import { SERVER_CODES, natsError, serverCodeOf } from '../connection/nats-errors.ts';

/** The fields that are set; every other one stays as the server or an operator has set it. */
export type StreamSpec = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] };

/** A limit of bytes reserves space. When the disk has not so much, half of it is tried, and so on down to this. */
const MIN_BYTES = 64 * 1024 * 1024;

/** Fields that are set only when the stream is made. */
const ONLY_AT_CREATION: ReadonlySet<string> = new Set(['persist_mode', 'max_bytes']);

/**
 * Makes the stream, or brings an existing one in line; safe to call by several at once. The size of an existing one stays, and replicas
 * are added but not removed: an operator may have set more. Throws INVALID_CONFIG when the server refuses the configuration, as it does
 * for more replicas than its cluster has servers, JOURNAL_UNAVAILABLE when it cannot make the stream now.
 */
export const ensureStream = async (jsm: JetStreamManager, given: StreamSpec): Promise<StreamInfo> => {
  const purpose = purposeOf(given.name);
  const spec = purpose === undefined ? given : { description: purpose, ...given };
  try {
    const existing = (await find(jsm, spec.name)) ?? (await create(jsm, spec));
    return checked(await align(jsm, existing, spec), spec);
  } catch (error) {
    const code = REFUSALS.has(serverCodeOf(error)) ? 'INVALID_CONFIG' : 'JOURNAL_UNAVAILABLE';
    throw natsError(error, code, `stream ${spec.name} with ${replicasText(spec.num_replicas)}`);
  }
};

/** The server answers the same until its cluster or the configuration changes. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([
  SERVER_CODES.badUpdate,
  SERVER_CODES.noCluster,
  SERVER_CODES.noPeers,
]);

const replicasText = (replicas = 1): string => (replicas === 1 ? '1 replica' : `${replicas} replicas`);

const find = async (jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> => {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (serverCodeOf(error) === SERVER_CODES.streamNotFound) return undefined;
    throw error;
  }
};

const create = async (jsm: JetStreamManager, spec: StreamSpec): Promise<StreamInfo> => {
  try {
    return await jsm.streams.add(spec);
  } catch (error) {
    const code = serverCodeOf(error);
    if (code === SERVER_CODES.nameInUse) return jsm.streams.info(spec.name);
    if (code !== SERVER_CODES.noStorage) throw error;
    const half = Math.floor((spec.max_bytes ?? 0) / 2);
    if (half < MIN_BYTES) throw await noRoom(jsm, spec, error);
    return create(jsm, { ...spec, max_bytes: half });
  }
};

/** The server says how much is reserved, but not how much is left. */
const noRoom = async (jsm: JetStreamManager, spec: StreamSpec, cause: unknown): Promise<AppError> => {
  const info = await jsm.getAccountInfo().catch(() => undefined);
  const { reserved_storage: reserved = 0 } = { ...info };
  const message =
    `stream ${spec.name} reserves ${mib(spec.max_bytes ?? 0)} at least, and the server's disk has less left ` +
    `after the ${mib(reserved)} that are reserved there`;
  return new AppError('JOURNAL_UNAVAILABLE', message, { cause });
};

const mib = (bytes: number): string => `${Math.ceil(bytes / (1024 * 1024))} MiB`;

const align = async (jsm: JetStreamManager, existing: StreamInfo, spec: StreamSpec): Promise<StreamInfo> => {
  if (differences(existing.config, spec).length === 0) return existing;
  const changes = Object.fromEntries(changeable(existing.config, spec));
  return jsm.streams.update(spec.name, { ...existing.config, ...changes });
};

/** Compares the stored configuration, because a server silently drops fields that it does not know. */
const checked = (info: StreamInfo, spec: StreamSpec): StreamInfo => {
  const [first] = differences(info.config, spec);
  if (first === undefined) return info;
  throw new AppError('INVALID_CONFIG', `stream ${spec.name} has ${first}`);
};

const differences = (actual: StreamConfig, spec: StreamSpec): string[] => {
  const found = new Map<string, unknown>(Object.entries(actual));
  return changeable(actual, spec)
    .filter(([key, wanted]) => JSON.stringify(found.get(key)) !== JSON.stringify(wanted))
    .map(([key, wanted]) => `${key} ${JSON.stringify(found.get(key))} instead of ${JSON.stringify(wanted)}`);
};

const changeable = (actual: StreamConfig, spec: StreamSpec): [string, unknown][] =>
  Object.entries(spec).filter(([key, wanted]) =>
    key === 'num_replicas' ? actual.num_replicas < Number(wanted) : !ONLY_AT_CREATION.has(key),
  );
