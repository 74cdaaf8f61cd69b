import type { Job } from './worker-protocol.ts';

/** The format of backups that this version writes and reads. */
export const BACKUP_FORMAT = 1;

export interface BackupFile {
  /** Within the backup, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface BackupPart {
  /** `store/part`: the folder of its files. */
  readonly place: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  readonly files: readonly BackupFile[];
}

/** `manifest.json` of a backup. */
export interface BackupManifest {
  readonly format: typeof BACKUP_FORMAT;
  /** What wrote it, and in which run. */
  readonly task?: Pick<Job, 'id' | 'epoch'> | undefined;
  /** ISO 8601. */
  readonly begunAt: string;
  readonly endedAt: string;
  readonly parts: readonly BackupPart[];
}
