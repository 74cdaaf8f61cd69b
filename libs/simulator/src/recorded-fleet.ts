import type { TaskClass } from '@precedent/tasks';
import type { WorkerGroup } from './scenario.ts';

interface Seen {
  running: number;
  slots: number;
  gpuInUse: number;
  gpu: number;
  readonly pools: Set<string>;
  labels: Readonly<Record<string, string>>;
}

/** Learns from who ran what what the workers must have been: at least what they were seen to do at the same time. */
export class FleetTrace {
  readonly #workers = new Map<string, Seen>();

  takes(worker: string | undefined, kind: TaskClass): void {
    if (worker === undefined) return;
    const seen = this.#of(worker);
    seen.slots = Math.max(seen.slots, ++seen.running);
    seen.gpuInUse += kind.resources.gpu ?? 0;
    seen.gpu = Math.max(seen.gpu, seen.gpuInUse);
    seen.pools.add(kind.pool);
    seen.labels = { ...seen.labels, ...kind.resources.labels };
  }

  leaves(worker: string | undefined, kind: TaskClass): void {
    if (worker === undefined) return;
    const seen = this.#of(worker);
    seen.running = Math.max(0, seen.running - 1);
    seen.gpuInUse = Math.max(0, seen.gpuInUse - (kind.resources.gpu ?? 0));
  }

  groups(): WorkerGroup[] {
    const named = [...this.#workers].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return named.map(([name, { slots, pools, labels, gpu }]) => ({
      name,
      count: 1,
      slots,
      express: 0,
      pools: [...pools],
      labels,
      resources: { ...(gpu > 0 && { gpu }) },
    }));
  }

  #of(worker: string): Seen {
    const known = this.#workers.get(worker);
    if (known) return known;
    const seen = { running: 0, slots: 1, gpuInUse: 0, gpu: 0, pools: new Set<string>(), labels: {} };
    this.#workers.set(worker, seen);
    return seen;
  }
}
