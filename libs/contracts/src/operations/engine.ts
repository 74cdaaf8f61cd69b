import { BULK_OPERATIONS } from './bulk.ts';
import { EXPLANATION_OPERATIONS } from './explanations.ts';
import { TASK_OPERATIONS } from './tasks.ts';

/** What the engine answers; each operation is a request to `<root>.task.<verb>`. */
export const ENGINE_OPERATIONS = { ...TASK_OPERATIONS, ...BULK_OPERATIONS, ...EXPLANATION_OPERATIONS };
