import { COMMON_ERRORS } from './operation.ts';
import type { OperationPlace } from './operation.ts';

export const ENGINE = {
  service: 'engine',
  group: 'task',
  errors: [...COMMON_ERRORS, 'ENGINE_NOT_RUNNING'],
} as const satisfies OperationPlace;

export const SUBMISSION = {
  service: 'engine',
  group: 'submit',
  errors: ENGINE.errors,
} as const satisfies OperationPlace;

/** Every engine serves it, also one that stands by. */
export const ACCESS = {
  service: 'engine',
  group: 'access',
  errors: [...COMMON_ERRORS, 'NATS_UNREACHABLE'],
} as const satisfies OperationPlace;

export const HISTORY = {
  service: 'history',
  group: 'history',
  errors: [...COMMON_ERRORS, 'HISTORY_UNAVAILABLE'],
} as const satisfies OperationPlace;

/** Every gateway serves it. */
export const WEBHOOKS = {
  service: 'gateway',
  group: 'webhooks',
  errors: [...COMMON_ERRORS, 'NATS_UNREACHABLE'],
} as const satisfies OperationPlace;

export const VECTORIZER = {
  service: 'vectorizer',
  group: 'search',
  errors: [...COMMON_ERRORS, 'VECTORS_UNAVAILABLE'],
} as const satisfies OperationPlace;
