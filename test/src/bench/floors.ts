/** What a figure has to be: at least, at most, or below. */
export interface Floor {
  readonly name: string;
  readonly is: '≥' | '≤' | '<';
  readonly limit: number;
}

const floor = (name: string, is: Floor['is'], limit: number): Floor => ({ name, is, limit });

/** The figures that we hold ourselves to, by benchmark. */
export const FLOORS: Readonly<Record<string, readonly Floor[]>> = {
  throughput: [floor('tasks_per_s', '≥', 25_000)],
  'throughput-remembering': [floor('share_of_without', '≥', 0.75)],
  latency: [
    floor('idle_ratio_to_baseline', '≤', 1.15),
    floor('loaded_ratio_to_baseline', '≤', 1.6),
    floor('idle_cpu_ratio_to_baseline', '≤', 1.67),
  ],
  isolate: [floor('share_of_plain', '≥', 0.4), floor('warm_start_ms', '<', 1)],
  'critical-start': [floor('p50_ms', '<', 12)],
  'preempt-start': [floor('p50_ms', '<', 5), floor('p99_ms', '<', 50)],
  'urgent-start': [floor('p50_ratio', '<', 2), floor('p99_ratio', '<', 8)],
  'lost-worker': [floor('p50_ms', '<', 600), floor('p99_ms', '<', 1_500)],
  turnaround: [floor('share_of_ideal', '≥', 0.92)],
  goodput: [floor('lost_work_pct', '<', 2), floor('low_slowdown', '<', 1.15)],
  decide: [floor('p50_ms', '<', 1)],
  status: [floor('gets_per_s', '≥', 50_000)],
  events: [floor('events_per_s', '≥', 100_000)],
  memory: [
    floor('bytes_per_task_100k', '≤', 900),
    floor('bytes_per_task_1m', '≤', 600),
    floor('idle_mb', '<', 100),
  ],
  recovery: [floor('open_ms', '<', 2_000)],
  history: [floor('lag_ms', '<', 1_000), floor('offered_per_s', '≥', 9_900), floor('list_p50_ms', '<', 10)],
  search: [floor('p50_ms', '<', 25), floor('p99_ms', '<', 80)],
  flat: [
    floor('last_minute_share', '≥', 0.95),
    floor('list_p99_ms', '<', 30),
    floor('stats_ms', '<', 1_000),
    floor('qdrant_growth_mb', '<', 200),
    floor('engine_growth_mb', '<', 50),
    floor('stop_ms', '<', 2_000),
  ],
  index: [floor('distinct_per_s', '≥', 300), floor('repeated_per_s', '≥', 5_000)],
};

export const floorText = ({ is, limit }: Floor): string => `${is} ${limit}`;

export const isMet = ({ is, limit }: Floor, value: number): boolean => {
  if (is === '≥') return value >= limit;
  return is === '≤' ? value <= limit : value < limit;
};
