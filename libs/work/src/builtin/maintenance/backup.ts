import { BACKUP_FORMAT } from '@precedent/contract-types';
import type { BackupManifest, BackupPart, Job } from '@precedent/contract-types';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { AttemptYield } from '../../yield-signal.ts';
import type { ExecutorContext, Upkeep } from '@precedent/ports';
import type { RootedFiles } from '../files/rooted-files.ts';
import { resumed, safePoint } from '../safe-point.ts';
import { backupName, draftName, emptyFolder, filesIn, finish, prune } from './backup-folder.ts';
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
  readonly draft: string;
  readonly parts: readonly BackupPart[];
}

const BACKUP_STATE = 'backup/1';

/** Copies everything into one folder, which has its name when it is whole. An attempt that fails leaves nothing of it. */
export const backup = async (
  { folder, keep }: BackupCall,
  { upkeep, files, backupsDir, now }: BackupOptions,
  { id, epoch }: Job,
  context: ExecutorContext,
): Promise<unknown> => {
  // A backup holds the task that makes it, as running: in a restored cell it is over, and nobody asked for another one.
  const restored = await takeRestored(backupsDir, { id, epoch });
  if (restored) return { ...summaryOf(restored.folder, restored.manifest), removed: 0 };
  const home = folder === undefined ? path.resolve(backupsDir) : await files.place(folder);
  let state = await begun(context, path.join(home, draftName(id)), now());
  try {
    await eachPart(upkeep, context, async ({ store, part, place, fraction }) => {
      if (state.parts.some((one) => one.place === place)) return;
      await emptyFolder(path.join(state.draft, place));
      const facts = await store.save(part, path.join(state.draft, place), context.signal);
      state = {
        ...state,
        parts: [...state.parts, { place, facts, files: await filesIn(state.draft, place) }],
      };
      await safePoint(context, state, { due: true, fresh: true, fraction });
    });
  } catch (error) {
    if (!(error instanceof AttemptYield)) await rm(state.draft, { recursive: true, force: true });
    throw error;
  }
  const { begunAt, parts, draft } = state;
  const target = path.join(home, backupName(begunAt));
  const [from, to] = [begunAt, now()].map((at) => new Date(at).toISOString());
  const times = { begunAt: from ?? '', endedAt: to ?? '' };
  await finish(draft, target, { format: BACKUP_FORMAT, task: { id, epoch }, ...times, parts });
  return { ...summaryOf(target, { parts }), removed: await prune(home, keep, now()) };
};

const summaryOf = (folder: string, { parts }: Pick<BackupManifest, 'parts'>): object => {
  const files = parts.flatMap((part) => part.files);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { folder, bytes, files: files.length, parts: parts.length };
};

/** Where it was left; a new one where another worker had begun it, whose files are not here. */
const begun = async (context: ExecutorContext, draft: string, now: number): Promise<BackupState> => {
  const state = resumed<BackupState>(
    context,
    BACKUP_STATE,
    ({ parts, begunAt }) => Array.isArray(parts) && typeof begunAt === 'number',
  );
  if (state?.draft === draft && existsSync(draft)) return state;
  await emptyFolder(draft);
  return { kind: BACKUP_STATE, begunAt: now, draft, parts: [] };
};
