import { rm } from 'node:fs/promises';
import path from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { streamsOf } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import type { Upkeep, UpkeepFacts } from '@precedent/ports';
import { SERVER_CODES, natsError, serverCodeOf } from '../connection/nats-errors.ts';
import { saveStream } from './stream-copy.ts';

export interface StreamUpkeepOptions {
  readonly nc: NatsConnection;
  readonly root: string;
  readonly cell: string;
}

/** Of a cell: snapshots of the engine that were replaced while they were copied are copied again, so often. */
const TRIES = 3;

/**
 * The streams of one cell. A dropped task that is copied before the journal and is in both is known by its id; what the journal names
 * (checkpoints, objects, logs) is copied after it. Leases are of those who live: they are not copied.
 */
export const streamUpkeep = ({ nc, root, cell }: StreamUpkeepOptions): Upkeep => {
  const streams = streamsOf(root);
  const [snapshot, journal] = [streams.snapshot(cell), streams.journal(cell)];
  const names: Readonly<Record<string, readonly string[]>> = {
    tasks: [streams.tasks],
    cell: [snapshot, journal],
    checkpoints: [`OBJ_${streams.blobs}`],
    objects: [`OBJ_${streams.objects}`],
    memory: [streams.memory],
    logs: [streams.logs],
  };
  const sizeOf = async (jsm: JetStreamManager, name: string) => {
    try {
      return (await jsm.streams.info(name)).state;
    } catch (error) {
      if (serverCodeOf(error) === SERVER_CODES.streamNotFound) return undefined;
      throw natsError(error, 'NATS_UNREACHABLE', `looking at stream ${name}`);
    }
  };
  const facts = async (jsm: JetStreamManager, part: string): Promise<UpkeepFacts> => {
    const states = await Promise.all((names[part] ?? []).map((name) => sizeOf(jsm, name)));
    const there = states.filter((state) => state !== undefined);
    const sum = (field: 'messages' | 'bytes') => there.reduce((all, state) => all + state[field], 0);
    return { streams: there.length, messages: sum('messages'), bytes: sum('bytes') };
  };
  return {
    name: 'streams',
    parts: async () => Object.keys(names),
    save: async (part, folder, signal) => {
      const jsm = await managerOf(nc);
      for (let tried = 1; ; tried++) {
        const before = part === 'cell' ? (await sizeOf(jsm, snapshot))?.last_seq : 0;
        for (const name of names[part] ?? []) {
          if ((await sizeOf(jsm, name)) === undefined) continue;
          await saveStream(nc, name, { folder, signal });
        }
        // The journal may be purged behind the snapshot that was copied as soon as there is a newer one.
        if (part !== 'cell' || (await sizeOf(jsm, snapshot))?.last_seq === before) break;
        if (tried === TRIES)
          throw new AppError('NATS_UNREACHABLE', `the snapshots of cell ${cell} do not rest`);
        for (const name of [snapshot, journal])
          for (const end of ['.stream', '.json']) await rm(path.join(folder, name + end), { force: true });
      }
      return facts(jsm, part);
    },
    // The server does so by itself.
    optimise: async (part) => facts(await managerOf(nc), part),
  };
};

const managerOf = async (nc: NatsConnection): Promise<JetStreamManager> => {
  try {
    return await jetstreamManager(nc);
  } catch (error) {
    throw natsError(error, 'NATS_UNREACHABLE', 'asking for JetStream');
  }
};
