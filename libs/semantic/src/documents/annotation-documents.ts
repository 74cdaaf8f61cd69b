import type { EpochMs } from '@precedent/kernel';
import { AppError } from '@precedent/kernel';
import { LABEL_FIELD } from '@precedent/ports';
import { plainText, referencesIn } from '../fingerprint/scrub.ts';
import { redactText } from '../redact/redact.ts';
import { cut, singleLine } from '../text/words.ts';
import type { SemanticDocument } from './document.ts';
import { payloadOf } from './document.ts';
import { uuid5 } from './uuid5.ts';

const TEXT_CHARS = 2_000;

/** The author of an annotation, with namespace, project and time. */
export interface Provenance {
  readonly namespace: string;
  readonly project: string;
  readonly by: string;
  readonly at: EpochMs;
}

export interface ResolutionFacts extends Provenance {
  /** The failed task. */
  readonly task: string;
  /** Of its failure; absent when nothing tells the cause. */
  readonly fingerprint?: string;
  readonly text: string;
  /** The id of a task in which the resolution worked; not the failed task itself. */
  readonly evidence: string;
  readonly type?: string;
  /** What failed, in words, so that searches find the resolution by it. */
  readonly subject?: string;
  /** The security label of the failed task. */
  readonly security?: string;
}

/** The document of a resolution. Throws INVALID_REQUEST when its evidence is missing or the failed task itself. */
export const resolutionDocument = (facts: ResolutionFacts): SemanticDocument => {
  const { namespace, project, by, at, task, fingerprint, evidence, security } = facts;
  if (evidence === '' || evidence === task) {
    throw new AppError('INVALID_REQUEST', 'a resolution needs a task that shows that it works', {
      issues: [
        { field: 'evidence', message: `expected the id of another task than ${task}; got "${evidence}"` },
      ],
    });
  }
  const redacted = cut(redactText(singleLine(facts.text)), TEXT_CHARS);
  const subject = facts.subject === undefined ? '' : ` of ${plainText(redactText(facts.subject))}`;
  const text = `Resolution${subject}: ${redacted}`;
  const rest = {
    kind: 'resolution',
    project,
    task,
    fingerprint,
    evidence,
    by: redactText(by),
    type: facts.type,
    [LABEL_FIELD]: security,
  };
  const payload = payloadOf({ namespace, at, text }, { ...rest, refs: referencesIn(redacted) });
  return { id: uuid5('resolution', namespace, task, evidence, redacted), kind: 'resolution', text, payload };
};

export interface NoteFacts extends Provenance {
  readonly text: string;
  /** Origins of the note: task ids, addresses, commits. */
  readonly sources?: readonly string[];
  readonly tags?: readonly string[];
  readonly expiresAt?: EpochMs;
}

/** The document of a note. A note with the same text replaces the earlier one. */
export const noteDocument = (facts: NoteFacts): SemanticDocument => {
  const { namespace, project, by, at, sources, tags, expiresAt } = facts;
  const text = cut(redactText(singleLine(facts.text)), TEXT_CHARS);
  const rest = {
    kind: 'note',
    project,
    by: redactText(by),
    sources: sources?.map(redactText),
    tags: tags?.map(redactText),
    expires_at: expiresAt,
    refs: referencesIn(text),
  };
  return {
    id: uuid5('note', namespace, project, text),
    kind: 'note',
    text,
    payload: payloadOf({ namespace, at, text }, rest),
  };
};

export interface StepFacts {
  readonly name: string;
  readonly type: string;
  /** Names of the steps that this step depends on. */
  readonly after: readonly string[];
}

export interface WorkflowFacts {
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  readonly name: string;
  readonly at: EpochMs;
  readonly outcome: string;
  readonly steps: readonly StepFacts[];
}

/** The document of a workflow: its graph and its outcome. */
export const workflowDocument = (facts: WorkflowFacts): SemanticDocument => {
  const { id, namespace, project, at, outcome } = facts;
  const text = `Workflow ${plainText(redactText(facts.name))} ${outcome}: ${facts.steps.map(stepText).join(', ')}. Project ${project}.`;
  const rest = { kind: 'workflow', project, task: id, name: redactText(facts.name), outcome };
  return {
    id: uuid5('workflow', namespace, id, 0, 0),
    kind: 'workflow',
    text: cut(text, TEXT_CHARS),
    payload: payloadOf({ namespace, at, text: cut(text, TEXT_CHARS) }, rest),
  };
};

const stepText = ({ name, type, after }: StepFacts): string => {
  const own = plainText(redactText(name));
  const dependencies =
    after.length === 0 ? '' : ` after ${after.map((one) => plainText(redactText(one))).join(' and ')}`;
  return `${own === type ? own : `${own} (${type})`}${dependencies}`;
};
