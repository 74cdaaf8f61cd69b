import type { LimitSpec } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { World } from './world.ts';

/** Makes a limit of the namespace `default`, or gives it another spec. */
export const limit = async (w: World, name: string, spec: LimitSpec): Promise<void> => {
  const error = await refusalOfLimit(w, name, spec);
  if (error) throw new Error(error.message);
};

/** Why a limit is refused; `undefined`: it is not. */
export const refusalOfLimit = async (
  w: World,
  name: string,
  spec: LimitSpec,
): Promise<Problem | undefined> => {
  const answer = await w.ask<object>((api, reply) => api.definitions.put('limit', { name, spec }, reply));
  return 'error' in answer ? (answer.error as Problem) : undefined;
};

export const unlimit = (w: World, name: string): Promise<object> =>
  w.ask<object>((api, reply) => api.definitions.delete('limit', { name }, reply));

/** The tasks that hold a key of a limit. */
export const holdersOf = (w: World, name: string, key = ''): readonly string[] => [
  ...(w.engine.cell?.limits.get(`default/${name}`)?.keys.get(key)?.holders.values() ?? []),
];
