/** Between the baseline server and its worker. */
export const BASELINE_SUBJECTS = {
  assign: 'bench.baseline.assign',
  report: 'bench.baseline.report',
} as const;
