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

/** How often the streams of a cell are copied again because the engine replaced its snapshot meanwhile. */
const TRIES = 3;

/**
 * Backup of the streams of one cell. Waiting tasks are copied before the journal: a task in both is recognised by its id. What the journal
 * names (checkpoints, objects, logs) is copied after it. Leases of running engines are not copied.
 */
export const streamUpkeep = ({ nc, root, cell }: StreamUpkeepOptions): Upkeep => {
  const streams = streamsOf(root);
  const [snapshot, journal] = [streams.snapshot(cell), streams.journal(cell)];
  const names: Readonly<Record<string, readonly string[]>> = {
    tasks: [streams.tasks],
    cell: [snapshot, journal],
    checkpoints: [`OBJ_${streams.blobs}`],
    objects: [`OBJ_${streams.objects}`, `OBJ_${streams.sets}`],
    memory: [streams.memory],
    logs: [streams.logs],
    audit: [streams.audit],
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
    const existing = states.filter((state) => state !== undefined);
    const sum = (field: 'messages' | 'bytes') => existing.reduce((all, state) => all + state[field], 0);
    return { streams: existing.length, messages: sum('messages'), bytes: sum('bytes') };
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
        // With a newer snapshot the journal may be purged further than the copied snapshot covers.
        if (part !== 'cell' || (await sizeOf(jsm, snapshot))?.last_seq === before) break;
        if (tried === TRIES)
          throw new AppError(
            'NATS_UNREACHABLE',
            `the snapshots of cell ${cell} change too often to be copied`,
          );
        for (const name of [snapshot, journal])
          for (const end of ['.stream', '.json']) await rm(path.join(folder, name + end), { force: true });
      }
      return facts(jsm, part);
    },
    // The server optimises streams itself.
    optimise: async (part) => facts(await managerOf(nc), part),
  };
};

const managerOf = async (nc: NatsConnection): Promise<JetStreamManager> => {
  try {
    return await jetstreamManager(nc);
  } catch (error) {
    throw natsError(error, 'NATS_UNREACHABLE', 'connecting to JetStream');
  }
};
