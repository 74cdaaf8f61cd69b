import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
} from '@modelcontextprotocol/server';
import { fieldOf } from '@precedent/kernel';

export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** Whether a client says in its request that it can follow tasks. `meta`: `params._meta` of the request. */
export const declaresTasks = (meta: unknown): boolean => {
  const extensions = fieldOf(fieldOf(meta, CLIENT_CAPABILITIES_META_KEY), 'extensions');
  return typeof fieldOf(extensions, TASKS_EXTENSION) === 'object';
};

export const missingTasks = (): MissingRequiredClientCapabilityError =>
  new MissingRequiredClientCapabilityError({
    requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } },
  });
