import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { BandCounts } from '@precedent/contract-types';
import { program } from './program.ts';

export interface LiveViewersParams {
  /** Of a gateway, such as `http://127.0.0.1:16080`. */
  readonly address: string;
  readonly key: string;
  readonly viewers: number;
  readonly rows: number;
}

export interface LiveViewersResult {
  readonly frames: number;
  readonly bytes: number;
  readonly largest: number;
  /** For each viewer: when it was shown so many critical tasks, in epoch milliseconds, by their number. */
  readonly shown: readonly (readonly number[])[];
}

interface Viewer {
  readonly shown: number[];
  frames: number;
  bytes: number;
  largest: number;
}

/** Critical tasks in a frame that has counts. */
const CRITICAL = /"critical":(\{[^}]*\})/;

const criticalIn = (frame: string): number | undefined => {
  const [, text] = CRITICAL.exec(frame) ?? [];
  if (text === undefined) return undefined;
  const { queued, running, retrying, completed } = JSON.parse(text) as BandCounts;
  return queued + running + retrying + completed;
};

const see = (viewer: Viewer, frame: string): void => {
  viewer.frames++;
  viewer.bytes += frame.length;
  viewer.largest = Math.max(viewer.largest, frame.length);
  const count = criticalIn(frame) ?? 0;
  while (viewer.shown.length <= count) viewer.shown.push(Date.now());
};

/** Viewers of the live view of a cell, each with a connection of its own. */
program(async (params: LiveViewersParams, { ready, go, stop }): Promise<LiveViewersResult> => {
  const { address, key, viewers: count, rows } = params;
  const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' };
  const open = (viewer: Viewer): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = `${address}/api/v1/live?limit=${rows}`;
      const sent = get(url, { headers, agent: false }, (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`answered ${answer.statusCode}`));
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          const frames = (text + part).split('\n\n');
          text = frames.pop() ?? '';
          for (const frame of frames) see(viewer, frame);
        });
        resolve(answer);
      });
      sent.once('error', reject);
    });
  const viewers = Array.from({ length: count }, (): Viewer => ({
    shown: [],
    frames: 0,
    bytes: 0,
    largest: 0,
  }));
  const answers: IncomingMessage[] = [];
  for (const viewer of viewers) answers.push(await open(viewer));
  ready();
  await go;
  await stop;
  for (const answer of answers) answer.destroy();
  const sum = (of: (viewer: Viewer) => number): number =>
    viewers.reduce((total, each) => total + of(each), 0);
  return {
    frames: sum(({ frames }) => frames),
    bytes: sum(({ bytes }) => bytes),
    largest: Math.max(...viewers.map(({ largest }) => largest)),
    shown: viewers.map(({ shown }) => shown),
  };
});
