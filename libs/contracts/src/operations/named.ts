import { logChunkSchema } from '../engine-messages.ts';
import { problemSchema } from '../problem.ts';
import { taskSpecSchema } from '../task-spec.ts';
import { machineLoadSchema } from '../worker-protocol.ts';

/** Schemas of other places under the names that JSON schemas refer to them by. */
export const taskSchema = taskSpecSchema.meta({ id: 'TaskSpec' });
export const problemViewSchema = problemSchema.meta({ id: 'Problem' });
export const machineLoadViewSchema = machineLoadSchema.meta({ id: 'MachineLoad' });
export const logChunkViewSchema = logChunkSchema.meta({ id: 'LogChunk' });
