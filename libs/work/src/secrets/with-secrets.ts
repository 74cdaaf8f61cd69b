import type { Job } from '@precedent/contract-types';
import { AppError, defined, errorName, isAppError, messageOf } from '@precedent/kernel';
import type { Executor, ExecutorContext } from '@precedent/ports';
import { redactorOf } from './redactor.ts';
import type { RedactedStream, Redactor } from './redactor.ts';
import { eachText } from './references.ts';
import type { FindReferences, SecretReference } from './references.ts';
import type { SecretSource } from './secret-source.ts';

/** Shorter ones would replace much that is no secret, and can be guessed. */
const CHARS_MIN = 6;

type WithRedactor = (job: Job, context: ExecutorContext, redactor: Redactor) => Promise<unknown>;

/**
 * The same executor for tasks that refer to secrets: it gets the values, and none of them leaves the attempt in its output, its progress, its result
 * or its error. What a command puts into files and checkpoints is not changed. Rejects with INVALID_TASK, which is not retried, for a
 * name that the source does not know.
 */
export const withSecrets =
  (run: WithRedactor, source: SecretSource, find: FindReferences): Executor =>
  async (job, context) => {
    const { found, resolve } = find(job);
    if (found.length === 0) return run(job, context, NOTHING_SECRET);
    const values = await valuesOf(found, job.namespace, source);
    const redactor = redactorOf(values.values());
    const { redacted, end } = redactedContext(context, redactor);
    try {
      const result = await run(
        resolve((name) => values.get(name) ?? ''),
        redacted,
        redactor,
      );
      return eachText(result, redactor.text);
    } catch (error) {
      throw redactedError(error, redactor);
    } finally {
      end();
    }
  };

const NOTHING_SECRET = redactorOf([]);

const valuesOf = async (
  found: readonly SecretReference[],
  namespace: string,
  source: SecretSource,
): Promise<ReadonlyMap<string, string>> => {
  const values = new Map<string, string>();
  for (const { field, name } of found) {
    const value = await source(name, namespace).catch((error: unknown) => {
      throw refused(field, `the secret "${name}" cannot be read: ${messageOf(error)}`);
    });
    if (value === undefined)
      throw refused(field, `this worker has no secret "${name}" for namespace ${namespace}`);
    if (value.length < CHARS_MIN)
      throw refused(
        field,
        `the secret "${name}" is shorter than ${CHARS_MIN} characters, and could not be hidden`,
      );
    values.set(name, value);
  }
  return values;
};

const refused = (field: string, message: string): AppError =>
  new AppError('INVALID_TASK', `${field}: ${message}`, { issues: [{ field, message }] });

/** A request to yield, and errors of the engine, come from outside and hold no secret of the task. */
const redactedError = (error: unknown, { text }: Redactor): unknown => {
  if (errorName(error) === 'YieldSignal') return error;
  if (!isAppError(error)) return new AppError('HANDLER_FAILED', text(messageOf(error)));
  const { cause, ...extras } = error.extras;
  const hidden = cause === undefined ? undefined : new Error(text(messageOf(cause)));
  return new AppError(error.code, text(error.message), {
    ...(eachText(extras, text) as typeof extras),
    ...defined({ cause: hidden }),
  });
};

/** Getters stay getters, because reading them is expensive. */
const redactedContext = (context: ExecutorContext, redactor: Redactor) => {
  const streams = new Map<Parameters<ExecutorContext['log']>[0], RedactedStream>();
  const redacted: ExecutorContext = {
    signal: context.signal,
    get yieldSignal() {
      return context.yieldSignal;
    },
    get resume() {
      return context.resume;
    },
    checkpoint: (state, options) => context.checkpoint(state, options),
    suspendable: (control) => context.suspendable(control),
    progress: (fraction, message) =>
      context.progress(fraction, message === undefined ? undefined : redactor.text(message)),
    heartbeat: () => context.heartbeat(),
    log: (name, text) => {
      const stream = streams.get(name) ?? redactor.stream();
      streams.set(name, stream);
      const shown = stream.push(text);
      if (shown === '') context.heartbeat();
      else context.log(name, shown);
    },
  };
  const end = (): void => {
    for (const [name, stream] of streams) {
      const rest = stream.end();
      if (rest !== '') context.log(name, rest);
    }
  };
  return { redacted, end };
};
