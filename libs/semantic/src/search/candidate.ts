import type { PointPayload } from '@precedent/ports';

/** A point that may answer the query. `cosine` is absent for a point that was found by words only. */
export interface Candidate {
  readonly id: string;
  readonly cosine?: number;
  readonly payload: PointPayload;
  /** The documents that it stands for, itself first. Absent: only itself. */
  readonly documents?: readonly Candidate[];
}

/** The documents that a candidate stands for, itself included. */
export const documentsIn = (candidate: Candidate): readonly Candidate[] => candidate.documents ?? [candidate];

export const kindOf = ({ payload }: Pick<Candidate, 'payload'>): string => String(payload['kind'] ?? '');
