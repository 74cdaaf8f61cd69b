import { BACKUP_FORMAT } from '@precedent/contract-types';
import { z } from 'zod';
import { BUILTIN_LIMITS as B } from './builtin-limits.ts';

/** Within the backup: no path leads out of it. */
const inside = z
  .string()
  .max(B.pathChars)
  .regex(
    /^(?!.*(^|\/)\.\.?(\/|$))[^/\\]+(\/[^/\\]+)*$/,
    'a path within the backup, such as "history/tasks/history.db"',
  );

/** `manifest.json` of a backup. */
export const backupManifestSchema = z.object({
  format: z.literal(BACKUP_FORMAT),
  task: z
    .object({ id: z.string(), epoch: z.number().int() })
    .optional()
    .describe('what wrote it, and in which run'),
  begunAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  parts: z
    .array(
      z.object({
        place: inside.describe('the folder of its files'),
        facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
        files: z.array(
          z.object({
            path: inside,
            bytes: z.number().int().nonnegative(),
            sha256: z.string().regex(/^[0-9a-f]{64}$/),
          }),
        ),
      }),
    )
    .max(B.backupParts),
});
