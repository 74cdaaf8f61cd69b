import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Historian } from '@precedent/history';
import { MemoryStorage, memoryJournalReader, memoryLog } from '@precedent/memory';
import { systemClock } from '@precedent/processes';
import { openHistoryFolder } from '@precedent/sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ScriptedJournal } from './scripted-journal.ts';

const PATIENT = { timeout: 20_000, interval: 20 };

const historyOf = (storage: MemoryStorage) => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-set-aside-'));
  const clock = systemClock();
  const folder = openHistoryFolder(dir, clock.now());
  const historian = new Historian({
    files: folder,
    openReader: async (name) => memoryJournalReader(storage, name),
    snapshots: async () => memoryLog(),
    clock,
    defaults: { namespace: 'default', project: 'default' },
    retentionMs: 1e12,
    emit: () => undefined,
  });
  historian.start();
  onTestFinished(async () => {
    await historian.stop();
    folder.close();
    rmSync(dir, { recursive: true });
  });
  return { folder, historian };
};

describe('a history with unreadable entries', () => {
  it('sets aside what cannot be read, folded or stored, keeps all the rest, and lists it in its status', async () => {
    const script = new ScriptedJournal();
    const texts = [
      script.life('a').flush().text,
      '{"v":1',
      // A time that no column takes: the store refuses the entry.
      script
        .submit('b')
        .flush()
        .text.replace(/"id":"b","at":\d+/, '"id":"b","at":1.5'),
      // Two tasks in one entry, and one of them cannot be folded.
      script.life('c', { command: 'run', args: [] }).life('d').flush().text.replace('"args":[]', '"args":5'),
      script.life('e').flush().text,
    ];
    const storage = new MemoryStorage();
    const log = memoryLog({ storage });
    for (const text of texts) await log.append(text, await log.last());
    const { folder, historian } = historyOf(storage);
    await vi.waitFor(() => expect(folder.store.position().seq).toBe(5), PATIENT);
    const { state, setAside } = await historian.service.status();
    expect(state).toBe('following');
    expect(setAside?.count).toBe(3);
    expect(setAside?.latest.map(({ seq, subject }) => `${seq} ${subject}`).toSorted()).toEqual([
      '2 entry 2',
      '3 entry 3',
      '4 task c',
    ]);
    expect(setAside?.latest.find(({ seq }) => seq === 2)?.reason).toMatch(/^JOURNAL_CORRUPT: .*is not JSON/);
    const { tasks } = await historian.service.list({});
    expect(tasks.map(({ id }) => id).toSorted()).toEqual(['a', 'd', 'e']);
  });
});
