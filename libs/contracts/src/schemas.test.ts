import { BANDS, catalogue } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as contracts from './index.ts';
import { problemSchema } from './problem.ts';
import { searchFiltersSchema } from './search.ts';
import { textCountSchema } from './builtin-text.ts';

const all = {
  ...contracts,
  problemSchema,
  searchFiltersSchema,
  textCountSchema,
};

const schemas = Object.entries(all).flatMap(([name, schema]) =>
  schema instanceof z.ZodType ? [[name, schema] as const] : [],
);

describe('the schemas', () => {
  it('are the ones of this list', () => {
    expect(schemas.map(([name]) => name).toSorted()).toEqual([
      'assignSchema',
      'atomicSchema',
      'backupManifestSchema',
      'blockedSchema',
      'bulkPayloadSchema',
      'bulkPieceSchema',
      'byeSchema',
      'dataExportSchema',
      'documentProcessSchema',
      'drainingSchema',
      'durationSchema',
      'heartbeatSchema',
      'helloReplySchema',
      'helloSchema',
      'httpSchema',
      'journalledEventSchema',
      'labelsSchema',
      'leaderHeartbeatSchema',
      'leaseStepSchema',
      'loadSchema',
      'logChunkSchema',
      'logChunkViewSchema',
      'modelInferSchema',
      'predictionsSchema',
      'preemptionSchema',
      'problemSchema',
      'progressSchema',
      'reportGenerateSchema',
      'reportReplySchema',
      'reportSchema',
      'resourcesSchema',
      'retrySchema',
      'runPayloadSchema',
      'searchFiltersSchema',
      'settledSchema',
      'signalsSchema',
      'storageCopySchema',
      'storageDeleteSchema',
      'storageGetSchema',
      'storageListSchema',
      'storagePutSchema',
      'submitReplySchema',
      'systemMaintenanceSchema',
      'taskIdSchema',
      'taskSchema',
      'taskSpecSchema',
      'taskTypeSchema',
      'textCountSchema',
      'textWorkSchema',
      'timeoutsSchema',
      'vectorComputeSchema',
      'vectorsReembedSchema',
      'vectorsUpdateSchema',
      'workerMessageSchema',
      'workflowSpecSchema',
    ]);
  });

  it.each(schemas)('%s can be published as JSON Schema of what a client writes', (_, schema) => {
    const published = z.toJSONSchema(schema, { io: 'input' });
    expect(JSON.parse(JSON.stringify(published))).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
    });
  });

  it('publish what they check: bands, error codes, no unknown fields', () => {
    const spec = z.toJSONSchema(contracts.taskSpecSchema, { io: 'input' });
    expect(spec.properties?.['band']).toMatchObject({ type: 'string', enum: BANDS });
    expect(spec.additionalProperties).toBe(false);
    const problem = z.toJSONSchema(problemSchema);
    expect(problem.properties?.['code']).toEqual({ type: 'string', enum: Object.keys(catalogue) });
  });
});
