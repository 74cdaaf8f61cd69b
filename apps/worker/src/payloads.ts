import {
  bulkPayloadSchema,
  dataExportSchema,
  documentProcessSchema,
  httpSchema,
  modelInferSchema,
  reportGenerateSchema,
  storageCopySchema,
  storageDeleteSchema,
  storageGetSchema,
  storageListSchema,
  storagePutSchema,
  systemMaintenanceSchema,
  textWorkSchema,
  vectorComputeSchema,
  vectorsReembedSchema,
  vectorsUpdateSchema,
} from '@precedent/contracts';
import { AppError, errorOf, protoKeyIn } from '@precedent/kernel';
import { problemFromZod } from '@precedent/nats';
import type { SchemaIssue } from '@precedent/nats';
import type { BuiltinParsers } from '@precedent/work';

/** The used part of a schema. */
interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } };
  /** The fields, unless it is a union. */
  readonly shape?: Readonly<Record<string, unknown>>;
}

/** Refuses a key `__proto__`, which a schema would silently drop; not in the fields that are passed on unchanged. */
const refuseProtoKey = (payload: unknown, unchanged: readonly string[]): void => {
  const checked = Object.entries(Object(payload)).filter(([name]) => !unchanged.includes(name));
  const path = protoKeyIn(Object.fromEntries(checked));
  if (path === undefined) return;
  const field = ['payload', ...path].join('.');
  const message = 'a field cannot have this name';
  throw new AppError('INVALID_TASK', `${field}: ${message}`, { issues: [{ field, message }] });
};

/** Checks a payload; an issue names its field as the submitter wrote it: `payload.…`. */
const parserOf =
  <T>(schema: Schema<T>, unchanged: readonly string[] = []) =>
  (payload: unknown): T => {
    refuseProtoKey(payload, unchanged);
    const parsed = schema.safeParse(payload);
    if (parsed.success) return parsed.data;
    const fields = Object.keys(schema.shape ?? {});
    throw errorOf(problemFromZod(parsed.error, payload, { code: 'INVALID_TASK', root: 'payload', fields }));
  };

/** How the payload of an `http` task is checked. */
export const parseHttp = parserOf(httpSchema, ['headers', 'body']);

/** How the payloads of the built-in types are checked: by the schemas that clients may see. */
export const payloadParsers: BuiltinParsers = {
  document: parserOf(documentProcessSchema),
  vectors: parserOf(vectorsUpdateSchema),
  compute: parserOf(vectorComputeSchema),
  model: parserOf(modelInferSchema),
  text: parserOf(textWorkSchema),
  storage: {
    put: parserOf(storagePutSchema),
    get: parserOf(storageGetSchema),
    copy: parserOf(storageCopySchema),
    delete: parserOf(storageDeleteSchema),
    list: parserOf(storageListSchema),
  },
  report: parserOf(reportGenerateSchema),
  export: parserOf(dataExportSchema),
  maintenance: parserOf(systemMaintenanceSchema),
  reembed: parserOf(vectorsReembedSchema),
  bulk: parserOf(bulkPayloadSchema),
};
