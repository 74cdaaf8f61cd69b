import type { ExecutorContext } from '@precedent/ports';
import { messageOf } from '@precedent/kernel';
import { captureFolder } from './capture.ts';
import type { CaptureLimits } from './capture.ts';
import { FOLDER_STATE, folderStateOf, hashOf } from './folder-state.ts';
import type { FolderState } from './folder-state.ts';
import { restoreFolder } from './restore.ts';

/** `saved`: durable now. `unchanged`: equal to the last checkpoint. `refused`: could not be saved, and the log says why. */
export type CheckpointResult = 'saved' | 'unchanged' | 'refused';

/** Makes the content of one folder durable as the checkpoint of an attempt. */
export interface FolderCheckpointer {
  /** Saves a checkpoint; one at a time, in the order of the calls. Never rejects. */
  save(): Promise<CheckpointResult>;
  /** Whether a checkpoint was saved since the attempt began. */
  readonly hasAdvanced: boolean;
  /** Saves nothing from now on: the folder is about to be removed. */
  close(): void;
}

export interface FolderCheckpointerOptions {
  readonly folder: string;
  readonly limits: CaptureLimits;
  readonly context: Pick<ExecutorContext, 'checkpoint' | 'log'>;
  /** The content with which the folder began. */
  readonly restored: FolderState | undefined;
}

export const folderCheckpointer = ({
  folder,
  limits,
  context,
  restored,
}: FolderCheckpointerOptions): FolderCheckpointer => {
  let lastHash = hashOf(restored ?? { kind: FOLDER_STATE, entries: [] });
  let turn: Promise<unknown> = Promise.resolve();
  let hasAdvanced = false;
  let closed = false;
  const refuse = (why: string): CheckpointResult => {
    context.log('log', `the checkpoint was not kept: ${why}\n`);
    return 'refused';
  };
  const attempt = async (): Promise<CheckpointResult> => {
    const found = await captureFolder(folder, limits);
    if (closed) return 'refused';
    if ('refused' in found) return refuse(found.refused);
    if (found.skipped.length > 0) {
      context.log('log', `left out of the checkpoint, as they are no files: ${found.skipped.join(', ')}\n`);
    }
    const hash = hashOf(found.state);
    if (hash === lastHash) return 'unchanged';
    await context.checkpoint(found.state, { thenYield: false });
    lastHash = hash;
    hasAdvanced = true;
    return 'saved';
  };
  const safely = (): Promise<CheckpointResult> =>
    attempt().catch((error: unknown) => refuse(messageOf(error)));
  return {
    save: () => {
      const result = turn.then(safely);
      turn = result;
      return result;
    },
    get hasAdvanced() {
      return hasAdvanced;
    },
    close: () => {
      closed = true;
    },
  };
};

/** Fills the folder with the checkpoint of the task. `undefined`: the task starts from zero; the log says why, if it has a checkpoint. */
export const restoredInto = async (
  folder: string,
  context: Pick<ExecutorContext, 'resume' | 'log'>,
): Promise<FolderState | undefined> => {
  if (context.resume === undefined) return undefined;
  const state = folderStateOf(context.resume.state);
  if (state === undefined) {
    context.log(
      'log',
      `the checkpoint is not the folder of a command (${FOLDER_STATE}); it starts from zero\n`,
    );
    return undefined;
  }
  await restoreFolder(folder, state);
  return state;
};
