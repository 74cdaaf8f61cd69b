import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { verifyJournal } from '@precedent/engine';
import type { VerifyReport } from '@precedent/engine';
import { connectNats, natsLog } from '@precedent/nats';
import type { NatsLog } from '@precedent/nats';
import { sha256 } from '@precedent/ports';
import { EnvelopeWriter, seal } from '@precedent/tasks';
import { startNats } from '@precedent/testkit';
import type { TestNats } from '@precedent/testkit';
import { describe, expect, it } from 'vitest';

const ENTRIES = 20;
const CELLS = { journal: 'FLIP_JOURNAL', snapshots: 'FLIP_SNAPSHOTS' };

const withLogs = async <T>(
  nats: TestNats,
  use: (journal: NatsLog, snapshots: NatsLog) => Promise<T>,
): Promise<T> => {
  const nc = await connectNats({ url: nats.url, name: 'flips' });
  const open = (stream: string): Promise<NatsLog> =>
    natsLog({ nc, stream, subject: `flips.${stream}`, hasHoles: true });
  try {
    return await use(await open(CELLS.journal), await open(CELLS.snapshots));
  } finally {
    await nc.close();
  }
};

const write = (nats: TestNats): Promise<void> =>
  withLogs(nats, async (journal) => {
    let link = '';
    for (let seq = 1; seq <= ENTRIES; seq++) {
      const writer = new EnvelopeWriter();
      writer.add({
        kind: 'rejected',
        id: `task-${seq}`,
        at: 1,
        band: 'low',
        error: { code: 'INVALID_TASK', message: 'm' },
        excerpt: 'e'.repeat(400),
      });
      const { text, sum } = seal(writer.finish(1, 1, link), sha256);
      link = sum;
      await journal.append(text, seq - 1);
    }
  });

const verify = (nats: TestNats): Promise<VerifyReport> =>
  withLogs(nats, (journal, snapshots) =>
    verifyJournal(
      { journal, snapshots, declaredVoid: new Set() },
      { readState: () => Promise.resolve(undefined), signerOf: () => undefined },
    ),
  );

/** Flips a bit of the stored text of a task. */
const flip = (nats: TestNats, task: string): void => {
  const [file = ''] = globSync(path.join(nats.store, '**', CELLS.journal, '**', '*.blk'));
  const bytes = readFileSync(file);
  const at = bytes.indexOf(`"id":"${task}"`);
  expect(at).toBeGreaterThan(0);
  bytes.writeUInt8(bytes.readUInt8(at + 9) ^ 1, at + 9);
  writeFileSync(file, bytes);
};

describe('a bit that flips in the file of a real server', () => {
  it.each([1, 7, ENTRIES - 1, ENTRIES])('is found, in entry %i', async (seq) => {
    await using nats = await startNats();
    await write(nats);
    expect((await verify(nats)).findings).toEqual([]);
    await nats.kill('SIGTERM');
    flip(nats, `task-${seq}`);
    await nats.restart();
    expect((await verify(nats)).findings).toMatchObject([{ in: 'journal', seq }]);
  });
});
