import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openHistoryFolder } from '@precedent/sqlite';
import { describeHistoryStore } from './history-store.suite.ts';

describeHistoryStore('SQLite', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-history-'));
  const folder = openHistoryFolder(dir, 0);
  return {
    store: folder.store,
    close: () => {
      folder.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
});
