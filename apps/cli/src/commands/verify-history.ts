import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config } from '@precedent/config';
import type { CheckedLogs } from '@precedent/engine';
import { refold } from '@precedent/history';
import type { LogEntry } from '@precedent/ports';
import { SqliteHistory, openHistoryComparison } from '@precedent/sqlite';
import type { ComparedHistory } from '@precedent/sqlite';

/**
 * Folds the journal again into a temporary file, and compares the history of the data folder with it. `undefined`: the folder has none.
 * Rejects JOURNAL_UNAVAILABLE and HISTORY_UNAVAILABLE.
 */
export const verifyHistory = async (
  config: Config,
  logs: Pick<CheckedLogs, 'journal' | 'declaredVoid'>,
  now: number,
): Promise<ComparedHistory | undefined> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'precedent-verify-'));
  const store = new SqliteHistory(path.join(dir, 'again.db'));
  const stored = openHistoryComparison(path.join(config.storage.dataDir, 'history'), store.file);
  try {
    if (stored === undefined) return undefined;
    const { namespace, project, history } = config;
    const entries = withDeclaredVoid(logs);
    const from = await refold({ store, entries, upTo: stored.seq, defaults: { namespace, project } });
    return stored.compare({ from: from ?? now, forgottenBefore: now - history.retention });
  } finally {
    stored?.close();
    store.close();
    rmSync(dir, { recursive: true, force: true });
  }
};

async function* withDeclaredVoid({
  journal,
  declaredVoid,
}: Pick<CheckedLogs, 'journal' | 'declaredVoid'>): AsyncGenerator<LogEntry> {
  for await (const entry of journal.read(0))
    yield declaredVoid.has(entry.seq) ? { ...entry, isVoid: true } : entry;
}
