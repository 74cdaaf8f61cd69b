import { service } from '@precedent/kernel';
import type { Service } from '@precedent/kernel';
import type { EngineApi } from '@precedent/ports';

/** Something open that can be closed again. */
export interface Closable {
  close(): Promise<void>;
}

/** A door of an adapter as a service of the engine: opened over the API of the recovered cell. */
export const door = (name: string, open: () => Promise<Closable> | Closable): Service => {
  let opened: Closable | undefined;
  return service({
    name,
    open: async () => {
      opened = await open();
    },
    close: async () => {
      await opened?.close();
    },
  });
};

export type DoorsOf = (api: EngineApi) => readonly Service[];
