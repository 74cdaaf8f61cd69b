import type { Resources } from '@precedent/tasks';

/** What a task occupies, or a worker has. Whole numbers, so that sums do not depend on their order. */
export interface Amounts {
  readonly slots: number;
  /** Thousandths of a processor. */
  readonly cpuMilli: number;
  readonly memoryMb: number;
  readonly gpu: number;
}

const RESOURCES = ['slots', 'cpuMilli', 'memoryMb', 'gpu'] as const;

/** More than any task asks: a worker that does not say how much it has is not held to an amount. */
export const UNLIMITED = 2 ** 40;

export const NO_AMOUNTS: Amounts = Object.freeze({ slots: 0, cpuMilli: 0, memoryMb: 0, gpu: 0 });

/** What a task with these resources occupies while it runs: one slot, and its amounts rounded up. */
export const demandOf = ({ cpu = 0, memoryMb = 0, gpu = 0 }: Resources): Amounts => ({
  slots: 1,
  cpuMilli: Math.ceil(cpu * 1_000),
  memoryMb: Math.ceil(memoryMb),
  gpu: Math.ceil(gpu),
});

/** What a worker has. As in placement: processor and memory are unlimited until it names them, GPUs are not. */
export const supplyOf = (slots: number, { cpu, memoryMb, gpu = 0 }: Resources): Amounts => ({
  slots,
  cpuMilli: cpu === undefined ? UNLIMITED : Math.floor(cpu * 1_000),
  memoryMb: memoryMb === undefined ? UNLIMITED : Math.floor(memoryMb),
  gpu: Math.floor(gpu),
});

export const plus = (a: Amounts, b: Amounts): Amounts => ({
  slots: a.slots + b.slots,
  cpuMilli: a.cpuMilli + b.cpuMilli,
  memoryMb: a.memoryMb + b.memoryMb,
  gpu: a.gpu + b.gpu,
});

export const minus = (a: Amounts, b: Amounts): Amounts => ({
  slots: a.slots - b.slots,
  cpuMilli: a.cpuMilli - b.cpuMilli,
  memoryMb: a.memoryMb - b.memoryMb,
  gpu: a.gpu - b.gpu,
});

/** The sum of what `of` gives for each; one pass and one object, because a round adds up every running task. */
export const total = <T>(all: readonly T[], of: (one: T) => Amounts | undefined): Amounts => {
  let slots = 0;
  let cpuMilli = 0;
  let memoryMb = 0;
  let gpu = 0;
  for (const one of all) {
    const amounts = of(one);
    if (amounts === undefined) continue;
    slots += amounts.slots;
    cpuMilli += amounts.cpuMilli;
    memoryMb += amounts.memoryMb;
    gpu += amounts.gpu;
  }
  return { slots, cpuMilli, memoryMb, gpu };
};

/** The smaller of each. */
export const least = (a: Amounts, b: Amounts): Amounts => ({
  slots: Math.min(a.slots, b.slots),
  cpuMilli: Math.min(a.cpuMilli, b.cpuMilli),
  memoryMb: Math.min(a.memoryMb, b.memoryMb),
  gpu: Math.min(a.gpu, b.gpu),
});

/**
 * Whether the demand goes into the room. What a task does not ask for cannot stand in its way, even where the room is
 * less than nothing because more is promised than there is.
 */
export const fits = (demand: Amounts, room: Amounts): boolean =>
  (demand.slots === 0 || demand.slots <= room.slots) &&
  (demand.cpuMilli === 0 || demand.cpuMilli <= room.cpuMilli) &&
  (demand.memoryMb === 0 || demand.memoryMb <= room.memoryMb) &&
  (demand.gpu === 0 || demand.gpu <= room.gpu);

/** Whether `given` is of any use to a demand that does not fit in the room: it brings something that is scarce. */
export const relieves = (given: Amounts, demand: Amounts, room: Amounts): boolean =>
  (given.slots > 0 && demand.slots > 0 && demand.slots > room.slots) ||
  (given.cpuMilli > 0 && demand.cpuMilli > 0 && demand.cpuMilli > room.cpuMilli) ||
  (given.memoryMb > 0 && demand.memoryMb > 0 && demand.memoryMb > room.memoryMb) ||
  (given.gpu > 0 && demand.gpu > 0 && demand.gpu > room.gpu);

/** How much of what is missing `given` covers: the sum over the resources of the percentage of the demand. */
export const reliefPercent = (given: Amounts, demand: Amounts, room: Amounts): number => {
  let percent = 0;
  for (const resource of RESOURCES) {
    const missing = demand[resource] - room[resource];
    if (demand[resource] === 0 || missing <= 0) continue;
    percent += Math.floor((100 * Math.min(missing, given[resource])) / demand[resource]);
  }
  return percent;
};
