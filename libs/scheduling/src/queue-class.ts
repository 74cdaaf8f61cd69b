import { BANDS, rankOf } from '@precedent/kernel';
import type { Band, BandRank } from '@precedent/kernel';
import { BandQueue } from './band-queue.ts';
import type { QueueRules } from './band-queue.ts';
import type { Queued } from './run-queue.ts';
import type { Placement } from './placement.ts';

/** All waiting tasks that the same workers can run, a queue per band. */
export class QueueClass<T extends Queued> {
  readonly key: string;
  readonly placement: Placement;
  /** It asks for more than a slot: what is free must be counted. */
  readonly isLarge: boolean;
  /** By rank, low first. */
  readonly queues: readonly BandQueue<T>[];

  constructor(key: string, placement: Placement, rules: QueueRules<T>) {
    this.key = key;
    this.placement = placement;
    const { cpu = 0, memoryMb = 0, gpu = 0 } = placement.resources;
    this.isLarge = cpu > 0 || memoryMb > 0 || gpu > 0;
    this.queues = BANDS.map((_, rank) => new BandQueue<T>(rules, rank as BandRank));
  }

  queue(band: Band): BandQueue<T> {
    return this.queues[rankOf(band)] as BandQueue<T>;
  }

  queueAt(rank: BandRank): BandQueue<T> {
    return this.queues[rank] as BandQueue<T>;
  }

  get size(): number {
    return this.queues.reduce((sum, queue) => sum + queue.size, 0);
  }
}
