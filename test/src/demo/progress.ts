import type { Timelines } from './timelines.ts';

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 2_000;
const BAR_CHARS = 24;

/** Shows how far it is: one line that changes on a terminal, a line now and then elsewhere. */
export const showProgress = (timelines: Timelines, total: () => number): { readonly end: () => void } => {
  const begun = performance.now();
  const isTty = process.stdout.isTTY;
  const draw = (): void => {
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1).padStart(5);
    const line = `${seconds}s  ${textOf(timelines, total())}`;
    process.stdout.write(isTty ? `\r${line}\u001b[K` : `${line}\n`);
  };
  const timer = setInterval(draw, isTty ? REDRAW_MS : PLAIN_LINE_MS);
  return {
    end: () => {
      clearInterval(timer);
      draw();
      if (isTty) process.stdout.write('\n');
    },
  };
};

const textOf = ({ settled, running, retries, byId }: Timelines, total: number): string => {
  const all = Math.max(total, byId.size, 1);
  const filled = Math.min(BAR_CHARS, Math.round((settled / all) * BAR_CHARS));
  const bar = '#'.repeat(filled).padEnd(BAR_CHARS, '.');
  const waiting = Math.max(0, byId.size - settled - running);
  return `[${bar}] ${settled} of ${all} settled, ${running} running, ${waiting} waiting, ${retries} retries`;
};
