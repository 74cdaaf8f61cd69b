import type { Assignment, Resume } from '@precedent/contract-types';
import { canonicalJson, canonicalText, isAppError, messageOf } from '@precedent/kernel';
import { encode } from '../../json.ts';
import type { ResumePoint } from '../handler.ts';
import type { StateStore } from './state-store.ts';
import { stateHash } from './state-store.ts';
import type { AttemptSession } from './step-writer.ts';

type ResumeSession = Pick<AttemptSession, 'settings' | 'channel'>;
type Checkpoint = NonNullable<Resume['checkpoint']>;

/** The task cannot go on from its checkpoint: the reason, for its log. */
class Unusable extends Error {}

/**
 * Where the task goes on. `undefined` when it starts from zero: it has no checkpoint, or one that cannot be used, which the log of the
 * attempt then says. Rejects with JOURNAL_UNAVAILABLE when the state cannot be read at this time.
 */
export const readResumePoint = async (
  job: Assignment,
  session: ResumeSession,
  log: (text: string) => void,
): Promise<ResumePoint | undefined> => {
  const checkpoint = job.resume?.checkpoint;
  if (checkpoint === undefined) return undefined;
  try {
    return await restored(job, checkpoint, session);
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    const name = `checkpoint ${checkpoint.seq} of lease ${checkpoint.epoch} (${checkpoint.bytes} bytes)`;
    log(`STARTS FROM ZERO: ${name} cannot be used: ${error.message}`);
    return undefined;
  }
};

const restored = async (
  job: Assignment,
  checkpoint: Checkpoint,
  session: ResumeSession,
): Promise<ResumePoint> => {
  const { version, state } = await migrated(job, checkpoint, session);
  await validate(job, state, session);
  const { seq, fraction } = checkpoint;
  const segment = job.resume?.segments ?? 0;
  return { state, version, seq, segment, ...(fraction !== undefined && { fraction }) };
};

const migrated = async (
  { type }: Assignment,
  checkpoint: Checkpoint,
  { settings, channel }: ResumeSession,
): Promise<{ state: unknown; version: string }> => {
  const state: unknown = JSON.parse(await verifiedText(checkpoint, channel.states));
  const [from, to] = [checkpoint.version, settings.handlerVersion];
  if (from === to) return { state, version: to };
  const fact = `version ${from} of its state`;
  if (settings.migrate === undefined) throw new Unusable(`${fact} is not the handler's version ${to}`);
  const { migrate } = settings;
  const next = await attempted(`${fact} cannot be migrated to ${to}`, () => migrate(type, state, from, to));
  if (next === undefined) throw new Unusable(`${fact} was not migrated to ${to}`);
  return { state: next, version: to };
};

const validate = async (job: Assignment, state: unknown, { settings }: ResumeSession): Promise<void> => {
  const { validateResume } = settings;
  if (validateResume === undefined) return;
  const isValid = await attempted('its state is not valid', () => validateResume(job, state));
  if (isValid === false) throw new Unusable('its state is not valid any more');
};

const attempted = async <T>(fact: string, step: () => T | Promise<T>): Promise<T> => {
  try {
    return await step();
  } catch (error) {
    throw new Unusable(`${fact}: ${messageOf(error)}`, { cause: error });
  }
};

/** The text that the hash is of. A text with another hash is not that checkpoint. */
const verifiedText = async (
  { hash, state, ref }: Checkpoint,
  states: Pick<StateStore, 'get'>,
): Promise<string> => {
  const bytes = ref === undefined ? encode(canonicalText(state)) : await stored(ref, states);
  const found = await stateHash(bytes);
  const where = ref === undefined ? '' : ` (${ref})`;
  if (found === hash) return new TextDecoder().decode(bytes);
  // Older workers wrote keys that look like integers in the order of their numbers.
  const older = canonicalJson(state);
  if (ref === undefined && (await stateHash(encode(older))) === hash) return older;
  throw new Unusable(`the SHA-256 of its state${where} is ${found}, expected ${hash}`);
};

const stored = async (ref: string, states: Pick<StateStore, 'get'>): Promise<Uint8Array<ArrayBuffer>> => {
  const bytes = await states.get(ref).catch((error: unknown) => {
    if (isAppError(error) && error.code === 'JOURNAL_CORRUPT') throw new Unusable(error.message);
    throw error;
  });
  if (bytes === undefined) throw new Unusable(`its state ${ref} is not in the object store`);
  return bytes;
};
