/** What a figure has to be: at least, at most, or below. */
export interface Floor {
  readonly name: string;
  readonly is: '≥' | '≤' | '<';
  readonly limit: number;
  /** The limit is for the ratio of the figure to its ceiling, which the same run measures on the same machine. */
  readonly ofCeiling?: true;
}

const floor = (name: string, is: Floor['is'], limit: number): Floor => ({ name, is, limit });
const ratio = (name: string, is: Floor['is'], limit: number): Floor => ({ name, is, limit, ofCeiling: true });

/** The figures that we hold ourselves to, by benchmark. */
export const FLOORS: Readonly<Record<string, readonly Floor[]>> = {
  throughput: [ratio('tasks_per_s', '≥', 0.065)],
  'throughput-remembering': [floor('share_of_without', '≥', 0.75)],
  latency: [
    floor('idle_ratio_to_baseline', '≤', 1.15),
    floor('loaded_ratio_to_baseline', '≤', 1.6),
    floor('idle_cpu_ratio_to_baseline', '≤', 1.67),
  ],
  'closed-throughput': [floor('share', '≥', 0.93)],
  'closed-latency': [floor('p50_ratio', '≤', 1.1), floor('loaded_p50_ratio', '≤', 1.1)],
  isolate: [floor('share_of_plain', '≥', 0.4), floor('warm_start_ms', '<', 1)],
  'critical-start': [ratio('p50_ms', '<', 7.4)],
  'preempt-start': [ratio('p50_ms', '<', 2.6), ratio('p99_ms', '<', 4.2)],
  'preempt-path': [ratio('total_ms', '<', 4)],
  'urgent-start': [floor('p50_ratio', '<', 2), floor('p99_ratio', '<', 8)],
  'lost-worker': [floor('p50_ms', '<', 600), floor('p99_ms', '<', 1_500)],
  turnaround: [floor('share_of_ideal', '≥', 0.92)],
  goodput: [floor('lost_work_pct', '<', 2), floor('low_slowdown', '<', 1.15)],
  decide: [ratio('p50_ms', '<', 2)],
  status: [ratio('gets_per_s', '≥', 0.52)],
  'http-submit': [ratio('submits_per_s', '≥', 0.6), ratio('p99_ms', '<', 1)],
  'http-bulk': [floor('share_of_nats', '≥', 0.6)],
  'http-status': [ratio('gets_per_s', '≥', 0.6)],
  'grpc-submit': [ratio('submits_per_s', '≥', 0.6), ratio('p99_ms', '<', 1)],
  'mcp-call': [floor('ratio', '<', 4)],
  'gateway-idle': [floor('idle_mb', '<', 90)],
  live: [floor('lag_p95_frames', '<', 1.25), floor('engine_share', '≥', 0.95)],
  events: [ratio('events_per_s', '≥', 0.18)],
  memory: [
    floor('bytes_per_task_100k', '≤', 900),
    floor('bytes_per_task_1m', '≤', 600),
    floor('idle_mb', '<', 100),
  ],
  recovery: [ratio('open_ms', '<', 2.4)],
  history: [
    ratio('lag_ms', '<', 15),
    ratio('history_cpu_us_per_task', '<', 40),
    ratio('offered_per_s', '≥', 0.99),
    ratio('list_p50_ms', '<', 15),
  ],
  search: [ratio('p50_ms', '<', 3.9), ratio('p99_ms', '<', 3)],
  freshness: [floor('p95_ms', '<', 5_000)],
  flat: [
    floor('last_minute_share', '≥', 0.95),
    floor('list_p99_ms', '<', 30),
    floor('stats_ms', '<', 1_000),
    floor('qdrant_growth_mb', '<', 200),
    floor('engine_growth_mb', '<', 50),
    floor('stop_ms', '<', 2_000),
  ],
  policy: [floor('p99_us', '<', 20)],
  conditions: [floor('evals_per_s', '≥', 100_000), floor('hostile_us', '<', 4_000)],
  verify: [floor('tasks_per_s', '≥', 40_000)],
  index: [floor('ratio_to_model_alone', '≥', 0.85), ratio('repeated_per_s', '≥', 14)],
};

export const floorText = ({ is, limit, ofCeiling }: Floor): string =>
  `${is} ${limit}${ofCeiling ? ' × ceiling' : ''}`;

/** `ceiling`: that of the figure in the same run. Without one a ratio is missed: what cannot be judged is not met. */
export const isMet = (
  { is, limit, ofCeiling }: Floor,
  value: number,
  ceiling: number | undefined,
): boolean => {
  const judged = ofCeiling ? value / (ceiling ?? Number.NaN) : value;
  if (is === '≥') return judged >= limit;
  return is === '≤' ? judged <= limit : judged < limit;
};
