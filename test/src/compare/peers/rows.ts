/** One row of the comparison with other products: a figure of a workload of the peers' harness, or of one of our own. */
export interface Row {
  readonly title: string;
  readonly unit: string;
  readonly workload: string;
  /** The path of the figure in the result of the workload. */
  readonly figure: readonly string[];
  readonly better: 'more' | 'less';
  readonly digits: number;
  /** This row is not Precedent's to lead; why is said in docs/benchmarks.md. */
  readonly mayTrail?: true;
}

/** A workload stands in several rows and is run once for all of them. */
export const ROWS: readonly Row[] = [
  {
    title: 'end to end, 50k jobs of 200 B',
    unit: 'jobs/s',
    workload: 'W1E',
    figure: ['end_to_end_per_s'],
    better: 'more',
    digits: 0,
  },
  {
    title: 'urgent behind 20 ms jobs in 10 slots, p50',
    unit: 'ms',
    workload: 'W3',
    figure: ['start_ms', 'p50'],
    better: 'less',
    digits: 1,
  },
  {
    title: 'low jobs finished meanwhile (500 is ideal)',
    unit: 'jobs/s',
    workload: 'W3',
    figure: ['low_jobs_per_s'],
    better: 'more',
    digits: 0,
  },
  {
    title: 'urgent behind 10 s jobs that ignore their signal',
    unit: 'ms',
    workload: 'W3L',
    figure: ['wait_ms'],
    better: 'less',
    digits: 1,
  },
  {
    title: 'the same, but the handlers abort at once, p50',
    unit: 'ms',
    workload: 'aborts',
    figure: ['p50_ms'],
    better: 'less',
    digits: 1,
  },
  {
    title: 'the same, but the handlers check every 100 ms, p50',
    unit: 'ms',
    workload: 'checks',
    figure: ['p50_ms'],
    better: 'less',
    digits: 1,
  },
  {
    title: 'worker killed with -9: its last job runs elsewhere after',
    unit: 's',
    workload: 'W5',
    figure: ['restart_after_kill_s', 'last'],
    better: 'less',
    digits: 1,
  },
  {
    title: 'one awaited submission, idle, p50',
    unit: 'ms',
    workload: 'W2',
    figure: ['idle_ms', 'p50'],
    better: 'less',
    digits: 2,
    mayTrail: true,
  },
  {
    title: 'memory per job, 100k waiting, whole server',
    unit: 'B',
    workload: 'W6',
    figure: ['mem_bytes_per_job'],
    better: 'less',
    digits: 0,
    mayTrail: true,
  },
  {
    title: 'memory of the idle server (`up` without history, vectorizer and worker)',
    unit: 'MB',
    workload: 'W6',
    figure: ['idle', 'server_mb'],
    better: 'less',
    digits: 0,
    mayTrail: true,
  },
];

/** The workloads of the rows, each once. */
export const workloadsOf = (rows: readonly Row[]): readonly string[] => [
  ...new Set(rows.map(({ workload }) => workload)),
];

/** The figure of a row in the result of one run; `undefined` where the product has none. */
export const figureIn = (result: unknown, path: readonly string[]): number | undefined => {
  let value = result;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof value === 'number' ? value : undefined;
};
