import { Session } from 'node:inspector';
import type { Debugger } from 'node:inspector';
import { startTimer } from '@precedent/kernel';

/**
 * Where the code is that the main thread runs now, as in a stack trace: `encode (file:///srv/encode.js:12:5)`. The thread is paused for that,
 * some milliseconds, also inside of an endless loop; native code gives no answer, and `undefined` comes after `timeoutMs`. Not for a process that is
 * being debugged: this would end the pause of its debugger.
 */
export const placeOfMainThread = (timeoutMs: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const session = new Session();
    const urls = new Map<string, string>();
    const end = (place: string | undefined): void => {
      timer.cancel();
      session.disconnect();
      resolve(place);
    };
    const timer = startTimer(timeoutMs, () => end(undefined));
    session.on('Debugger.scriptParsed', ({ params }) => void urls.set(params.scriptId, params.url));
    session.on('Debugger.paused', ({ params }) => end(placeIn(params.callFrames, urls)));
    session.connectToMainThread();
    session.post('Debugger.enable');
    session.post('Debugger.pause');
  });

/** The innermost frame of code that is no package; of any code when there is none. */
const placeIn = (
  frames: readonly Debugger.CallFrame[],
  urls: ReadonlyMap<string, string>,
): string | undefined => {
  const named = frames.map((frame) => ({ frame, file: urls.get(frame.location.scriptId) ?? '' }));
  const files = named.filter(({ file }) => file !== '' && !file.startsWith('node:'));
  const found = files.find(({ file }) => !file.includes('/node_modules/')) ?? files[0];
  if (found === undefined) return undefined;
  const { functionName, location } = found.frame;
  const place = `${found.file}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
  return functionName === '' ? place : `${functionName} (${place})`;
};
