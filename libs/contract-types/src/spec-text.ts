import { canonicalText, hasCanonicalKeys } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { JobBody } from './worker-protocol.ts';

/** What a task is to do and for whom: of its class, what a worker sees. */
export interface SpecFrame {
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  readonly band: Band;
  /** Absent: none. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly security?: string | undefined;
}

type Body = Readonly<{ [K in keyof JobBody]: JobBody[K] | undefined }>;

/** The text around the body, the same for all tasks of a class. */
export const specFrame = (frame: SpecFrame): readonly [head: string, tail: string] => {
  const { band, labels = {}, namespace, project, security, type } = frame;
  const scope = `"namespace":${JSON.stringify(namespace)},"project":${JSON.stringify(project)}`;
  const label = security === undefined ? '' : `,"security":${JSON.stringify(security)}`;
  const head = `{"band":${JSON.stringify(band)},"labels":${canonicalText(labels)},${scope}${label},"task":`;
  return [head, `,"type":${JSON.stringify(type)}}`];
};

/**
 * The body of a task as RFC 8785 text, without its trace context, which differs between repetitions. `text`: the body as `JSON.stringify`
 * writes it, where that is known.
 */
export const specBody = (body: Body, text?: string): string => {
  if (body.traceparent === undefined)
    return text !== undefined && hasCanonicalKeys(body) ? text : canonicalText(body);
  const { traceparent: _, ...spec } = body;
  return canonicalText(spec);
};

/** The text whose SHA-256 is the digest of a task: `{band, labels, namespace, project, security, task, type}` in RFC 8785, without a `security` that is absent. */
export const specText = (frame: SpecFrame, task: Body): string => {
  const [head, tail] = specFrame(frame);
  return head + specBody(task) + tail;
};
