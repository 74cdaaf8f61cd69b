import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { scheduler } from 'node:timers/promises';
import { connect } from '@precedent/client';
import type { Handler, JobContext } from '@precedent/client';
import { announceReady } from '@precedent/processes';

interface Written {
  readonly lines: number;
  readonly bytes: number;
}

const CHECKPOINT_MS = 50;
const LINE_MS = 5;

const write: Handler = async (job, context) => {
  const { file, lines } = job.task.payload as { readonly file: string; readonly lines: number };
  const handle = await open(file, 'a+');
  try {
    await writeFrom(handle, (context.resume?.state ?? { lines: 0, bytes: 0 }) as Written, lines, context);
  } finally {
    await handle.close();
  }
};

/** What was written behind the checkpoint is cut off, and written again. */
const writeFrom = async (
  file: FileHandle,
  from: Written,
  lines: number,
  context: JobContext,
): Promise<void> => {
  await file.truncate(from.bytes);
  let { bytes } = from;
  let savedAt = performance.now();
  for (let line = from.lines; line < lines; line++) {
    context.signal.throwIfAborted();
    const text = `line ${line}\n`;
    await file.appendFile(text);
    bytes += text.length;
    if (performance.now() - savedAt >= CHECKPOINT_MS) {
      await context.checkpoint({ lines: line + 1, bytes });
      savedAt = performance.now();
    }
    await scheduler.wait(LINE_MS);
  }
};

const [url = '', name = '', slots = ''] = process.argv.slice(2);
const client = await connect({ servers: url });
const worker = client.worker({
  name,
  slots: Number(slots),
  handlers: { write, urgent: async () => undefined },
});
await worker.start();
announceReady();
