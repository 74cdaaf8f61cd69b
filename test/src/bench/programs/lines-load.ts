import { once } from 'node:events';
import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { noopSpec } from '../tasks.ts';
import { program } from './program.ts';

export interface LinesLoadParams {
  /** Such as `http://127.0.0.1:16080`. */
  readonly address: string;
  readonly key: string;
  readonly count: number;
}

export interface LinesLoadResult {
  /** Milliseconds until the last task was accepted. */
  readonly ms: number;
  readonly accepted: number;
  /** The first line that is no acceptance. */
  readonly refusal?: string;
}

/** Lines that are written at once. */
const PACK = 256;

const sendLines = async (sent: ClientRequest, count: number): Promise<void> => {
  for (let first = 0; first < count; first += PACK) {
    const size = Math.min(PACK, count - first);
    const lines = Array.from({ length: size }, (_, index) => `${JSON.stringify(noopSpec(first + index))}\n`);
    if (!sent.write(lines.join(''))) await once(sent, 'drain');
  }
  sent.end();
};

const outcomesIn = async (answer: IncomingMessage): Promise<Omit<LinesLoadResult, 'ms'>> => {
  let [accepted, refusal] = [0, undefined as string | undefined];
  for await (const line of createInterface({ input: answer })) {
    if ('id' in (JSON.parse(line) as object)) accepted++;
    else refusal ??= line;
  }
  return { accepted, ...(refusal !== undefined && { refusal }) };
};

/** Sends tasks as one stream of lines, as fast as it is read, and reads the outcome of each. */
program(async ({ address, key, count }: LinesLoadParams, { ready, go }): Promise<LinesLoadResult> => {
  ready();
  await go;
  const begin = performance.now();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' };
  const sent = request(new URL('/api/v1/tasks', address), { method: 'POST', headers });
  const answered = once(sent, 'response').then(([answer]) => outcomesIn(answer as IncomingMessage));
  const [outcomes] = await Promise.all([answered, sendLines(sent, count)]);
  return { ...outcomes, ms: performance.now() - begin };
});
