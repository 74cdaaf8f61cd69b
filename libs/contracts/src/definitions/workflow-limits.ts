/** Of a definition of a workflow. */
export const WORKFLOW_LIMITS = {
  steps: 1_000,
  stepNameChars: 40,
  /** Items of a map. */
  mapItems: 100_000,
  /** Of a step that is repeated. */
  rounds: 10_000,
  approvers: 100,
} as const;
