/** The task types of the built-in worker, in addition to `command` and `http`. */
export const BUILTIN_TYPE_NAMES = [
  'document.process',
  'vectors.update',
  'vector.compute',
  'model.infer',
  'text.process',
  'storage.put',
  'storage.get',
  'storage.copy',
  'storage.delete',
  'storage.list',
  'report.generate',
  'data.export',
  'system.maintenance',
  'vectors.reembed',
  'system.bulk',
] as const;
export type BuiltinTypeName = (typeof BUILTIN_TYPE_NAMES)[number];

const BUILTIN: ReadonlySet<string> = new Set(['command', 'http', ...BUILTIN_TYPE_NAMES]);

/** Whether the built-in worker runs tasks of this type. Such a type names a program, and not the work of a task. */
export const isBuiltinType = (type: string): boolean => BUILTIN.has(type);
