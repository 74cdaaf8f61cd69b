import type { Config } from '@precedent/config';
import { DeniedCounts, deniedIn } from '@precedent/nats';
import { followLog, natsFolder } from '@precedent/processes';
import type { ProgramPart } from './parts.ts';

/** The kind of the message with which the engine gets what the NATS server denied. */
const DENIED = 'denied';

const POLL_MS = 200;

/** What the own NATS server denies, on its way from the log of the server to the engine, which records it. */
export interface DeniedReport {
  /** To the engine that runs then; what it cannot take waits for the next one. */
  flushTo(engine: Pick<ProgramPart, 'send'>): void;
  /** Reports from now on. Does not keep the process running. */
  startTo(engine: Pick<ProgramPart, 'send'>): void;
  close(): void;
}

/** Only its log says what a NATS server denied. */
export const followDenied = ({ storage }: Pick<Config, 'storage'>): DeniedReport => {
  const counts = new DeniedCounts();
  const log = followLog(natsFolder(storage.dataDir).log, (line) => {
    const denied = deniedIn(line);
    if (denied) counts.add(denied);
  });
  const flushTo = (engine: Pick<ProgramPart, 'send'>): void => {
    log.read();
    const all = counts.take();
    if (all.length > 0 && !engine.send(DENIED, all)) for (const denied of all) counts.add(denied);
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    flushTo,
    startTo: (engine) => {
      timer = setInterval(() => flushTo(engine), POLL_MS).unref();
    },
    close: () => {
      clearInterval(timer);
      log.close();
    },
  };
};
