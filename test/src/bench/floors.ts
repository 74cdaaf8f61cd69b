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
  latency: [floor('loaded_p50_ms', '<', 1), floor('idle_p50_ms', '<', 0.8)],
  'critical-start': [floor('p50_ms', '<', 12)],
  status: [floor('gets_per_s', '≥', 50_000)],
  events: [floor('events_per_s', '≥', 100_000)],
  memory: [floor('bytes_per_task', '≤', 500), floor('idle_mb', '<', 100)],
  recovery: [floor('open_ms', '<', 2_000)],
};

export const floorText = ({ is, limit }: Floor): string => `${is} ${limit}`;

export const isMet = ({ is, limit }: Floor, value: number): boolean => {
  if (is === '≥') return value >= limit;
  return is === '≤' ? value <= limit : value < limit;
};
