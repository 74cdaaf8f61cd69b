import type { GetDefinitionRequest, LimitKeyView, LimitUseView } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { closedFor } from '@precedent/orchestration';
import type { OrProblem } from '@precedent/ports';
import { notFound } from '../definitions/definitions.ts';
import type { Limit, LimitKey } from './limit-key.ts';
import { refOf } from './limits.ts';
import type { Limits } from './limits.ts';

const KEYS_SHOWN = 1_000;
const HOLDERS_SHOWN = 10;

/** What a limit holds now. `namespace`: where no request names one. */
export const limitUseOf = (
  limits: Limits,
  { name, namespace }: GetDefinitionRequest & { readonly namespace: string },
  now: EpochMs,
): OrProblem<LimitUseView> => {
  const limit = limits.get(refOf(namespace, name));
  return limit ? useOf(limit, now) : { error: notFound('limit', name) };
};

const useOf = ({ namespace, name, keys, refused, superseded }: Limit, now: EpochMs): LimitUseView => {
  const all = [...keys.values()];
  const shown = all.toSorted((a, b) => b.waiting - a.waiting || b.held - a.held).slice(0, KEYS_SHOWN);
  return {
    namespace,
    name,
    keys: shown.map((key) => keyViewOf(key, now)),
    keyCount: all.length,
    held: all.reduce((sum, { held }) => sum + held, 0),
    waiting: all.reduce((sum, { waiting }) => sum + waiting, 0),
    refused,
    superseded,
  };
};

const keyViewOf = (key: LimitKey, now: EpochMs): LimitKeyView => {
  const closed = closedFor(key, now);
  return {
    key: key.key,
    held: key.held,
    holders: [...key.holders.values()].slice(0, HOLDERS_SHOWN),
    waiting: key.waiting,
    ...(closed && closed.reason !== 'concurrency' && { opensAt: closed.until }),
  };
};
