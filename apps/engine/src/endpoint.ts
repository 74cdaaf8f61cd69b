import { service } from '@precedent/kernel';
import type { EngineEndpoint } from '@precedent/engine';
import type { EngineIngress as Opened } from '@precedent/nats';

/** An ingress of an adapter as a service of the engine: opened over the API of the recovered cell. */
export const endpoint = (name: string, open: () => Promise<Opened> | Opened): EngineEndpoint => {
  let opened: Opened | undefined;
  const steps = service({
    name,
    open: async () => {
      opened = await open();
    },
    close: async () => {
      await opened?.close();
    },
  });
  return { ...steps, abandon: (problem) => opened?.abandon(problem) };
};
