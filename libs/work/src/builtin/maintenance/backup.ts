import { BACKUP_FORMAT } from '@precedent/contract-types';
import type { BackupManifest, BackupPart, Job } from '@precedent/contract-types';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { AttemptYield } from '../../yield-signal.ts';
import type { ExecutorContext, Upkeep } from '@precedent/ports';
import type { RootedFiles } from '../files/rooted-files.ts';
import { resumed, safePoint } from '../safe-point.ts';
import { backupName, unfinishedName, emptyFolder, filesIn, finish, prune } from './backup-folder.ts';
import { eachPart } from './each-part.ts';
import { takeRestored } from './restored.ts';

/** A checked `backup`. */
export interface BackupCall {
  readonly operation: 'backup';
  readonly folder?: string | undefined;
  /** Backups that stay. */
  readonly keep: number;
}

export interface BackupOptions {
  readonly upkeep: readonly Upkeep[];
  readonly files: Pick<RootedFiles, 'place'>;
  readonly backupsDir: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What is copied already. */
interface BackupState {
  readonly kind: typeof BACKUP_STATE;
  /** Epoch milliseconds. */
  readonly begunAt: number;
  /** The folder that is being written. */
  readonly unfinished: string;
  readonly parts: readonly BackupPart[];
}

const BACKUP_STATE = 'backup/1';

/** Copies all stores into one folder, which gets its final name when it is complete. A failed attempt removes the folder. */
export const backup = async (
  { folder, keep }: BackupCall,
  { upkeep, files, backupsDir, now }: BackupOptions,
  { id, epoch }: Job,
  context: ExecutorContext,
): Promise<unknown> => {
  // The backup contains the task that makes it, in state running. In a restored cell that task is over: it must not make another one.
  const restored = await takeRestored(backupsDir, { id, epoch });
  if (restored) return { ...summaryOf(restored.folder, restored.manifest), removed: 0 };
  const home = folder === undefined ? path.resolve(backupsDir) : await files.place(folder);
  let state = await begun(context, path.join(home, unfinishedName(id)), now());
  try {
    await eachPart(upkeep, context, async ({ store, part, place, fraction }) => {
      if (state.parts.some((one) => one.place === place)) return;
      await emptyFolder(path.join(state.unfinished, place));
      const facts = await store.save(part, path.join(state.unfinished, place), context.signal);
      state = {
        ...state,
        parts: [...state.parts, { place, facts, files: await filesIn(state.unfinished, place) }],
      };
      await safePoint(context, state, { due: true, fresh: true, fraction });
    });
  } catch (error) {
    if (!(error instanceof AttemptYield)) await rm(state.unfinished, { recursive: true, force: true });
    throw error;
  }
  const { begunAt, parts, unfinished } = state;
  const target = path.join(home, backupName(begunAt));
  const [from, to] = [begunAt, now()].map((at) => new Date(at).toISOString());
  const times = { begunAt: from ?? '', endedAt: to ?? '' };
  await finish(unfinished, target, { format: BACKUP_FORMAT, task: { id, epoch }, ...times, parts });
  return { ...summaryOf(target, { parts }), removed: await prune(home, keep, now()) };
};

const summaryOf = (folder: string, { parts }: Pick<BackupManifest, 'parts'>): object => {
  const files = parts.flatMap((part) => part.files);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { folder, bytes, files: files.length, parts: parts.length };
};

/** The state to resume from; a new one when another worker had begun the backup, because its files are not here. */
const begun = async (context: ExecutorContext, unfinished: string, now: number): Promise<BackupState> => {
  const state = resumed<BackupState>(
    context,
    BACKUP_STATE,
    ({ parts, begunAt }) => Array.isArray(parts) && typeof begunAt === 'number',
  );
  if (state?.unfinished === unfinished && existsSync(unfinished)) return state;
  await emptyFolder(unfinished);
  return { kind: BACKUP_STATE, begunAt: now, unfinished, parts: [] };
};
