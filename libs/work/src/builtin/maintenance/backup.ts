import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { YieldSignal } from '../../yield-signal.ts';
import type { Job, JobContext, Upkeep } from '@precedent/ports';
import type { RootedFiles } from '../files/rooted-files.ts';
import { resumed, safePoint } from '../safe-point.ts';
import {
  BACKUP_FORMAT,
  backupName,
  draftName,
  emptyFolder,
  filesIn,
  finish,
  prune,
} from './backup-folder.ts';
import type { BackupPart } from './backup-folder.ts';
import { eachPart } from './each-part.ts';

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
  { id }: Job,
  context: JobContext,
): Promise<unknown> => {
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
    if (!(error instanceof YieldSignal)) await rm(state.draft, { recursive: true, force: true });
    throw error;
  }
  const { begunAt, parts, draft } = state;
  const target = path.join(home, backupName(begunAt));
  const [from, to] = [begunAt, now()].map((at) => new Date(at).toISOString());
  await finish(draft, target, { format: BACKUP_FORMAT, begunAt: from ?? '', endedAt: to ?? '', parts });
  const all = parts.flatMap((part) => part.files);
  const bytes = all.reduce((sum, file) => sum + file.bytes, 0);
  const removed = await prune(home, keep, now());
  return { folder: target, bytes, files: all.length, parts: parts.length, removed };
};

/** Where it was left; a new one where another worker had begun it, whose files are not here. */
const begun = async (context: JobContext, draft: string, now: number): Promise<BackupState> => {
  const state = resumed<BackupState>(
    context,
    BACKUP_STATE,
    ({ parts, begunAt }) => Array.isArray(parts) && typeof begunAt === 'number',
  );
  if (state?.draft === draft && existsSync(draft)) return state;
  await emptyFolder(draft);
  return { kind: BACKUP_STATE, begunAt: now, draft, parts: [] };
};
