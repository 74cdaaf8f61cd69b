import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FolderState } from '../checkpoint/folder-state.ts';
import type { Attempt } from './attempt.ts';

/** A folder for one test, removed afterwards. */
export const folder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'precedent-checkpoint-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};

/** What a promise is rejected with. */
export const errorOf = async (promise: Promise<unknown>): Promise<Error> => {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof Error)) throw new Error('expected a failure', { cause: error });
  return error;
};

/** The file of the first checkpoint, or the last one, as text. */
export const savedFile = (attempt: Attempt, path: string, at = -1): string | undefined => {
  const state = attempt.checkpoints.at(at)?.state as FolderState | undefined;
  const entry = state?.entries.find((candidate) => candidate.path === path);
  const content = entry?.kind === 'file' ? entry.content : undefined;
  return content === undefined ? undefined : Buffer.from(content, 'base64').toString();
};
