import type { CheckSpec } from '@precedent/ports';
import { checkTask } from './check-task.ts';

/** Checks a task that came as JSON, but by no message of its own. */
export const checkClientSpec: CheckSpec = (value) =>
  checkTask({ value, isDeep: true }, { bytes: Buffer.byteLength(JSON.stringify(value)) });
