import type { Cell } from '@precedent/engine';
import { BANDS, rankOf } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';
import { classRulesOf, replay } from '@precedent/scheduling';
import type { DecisionRecord, Policy } from '@precedent/scheduling';
import type { TaskRow } from '@precedent/tasks';

/** The rule about the order and the rights of bands, checked in the memory of an engine. */
export class RuleInvariants {
  readonly #violated: (what: string) => void;
  /** How often a band was at its floor after a decision. */
  floors = 0;
  /** How often a worker ran all its slots and all its express slots. */
  full = 0;

  constructor(violated: (what: string) => void) {
    this.#violated = violated;
  }

  /** A decision is made, and its victims are not signalled yet. */
  decided(cell: Cell, record: DecisionRecord): void {
    const { same, difference } = replay(record, sha256);
    if (!same) this.#violated(`a replay makes the same decision: ${difference}`);
    for (const band of BANDS) this.#keepsFloor(cell, rankOf(band) as BandRank, record);
  }

  #keepsFloor(
    cell: Cell,
    band: BandRank,
    { decision: { victims, preemptor }, policy }: DecisionRecord,
  ): void {
    const inSlots = rowsInSlots(cell);
    const taken = victims.filter(({ id }) => inSlots.some((row) => row.id === id && isOf(row, band)));
    if (taken.length === 0) return;
    const left = inSlots.filter((row) => row.state === 'running' && isOf(row, band)).length - taken.length;
    const floor = floorOf(policy, band, inSlots.length);
    if (left === floor && floor > 0) this.floors++;
    if (left < floor) this.#violated(`a band keeps its floor: ${left} of ${floor} below ${preemptor.id}`);
  }

  /** The engine has nothing left to do at this instant. */
  atRest(cell: Cell): void {
    for (const session of cell.fleet.all()) {
      if (session.state !== 'ready') continue;
      const { slots, express = 0 } = session.profile;
      if (session.express.size > express)
        this.#violated(`no more than the express slots are taken: ${session.express.size} of ${express}`);
      if (session.busy >= slots && express > 0 && session.express.size === express) this.full++;
      const decides = cell.dispatcher.enabled && !cell.outbox.stalled;
      if (decides && session.express.size > 0 && session.busy < slots && session.reserved.slots === 0)
        this.#violated(`the first free slot is that of a task in an express slot: ${session.session}`);
    }
    if (cell.dispatcher.enabled && !cell.outbox.stalled) this.#aheadInOrder(cell);
  }

  /** No task waits in the queue behind a less urgent one that waits at a worker for a slot. */
  #aheadInOrder(cell: Cell): void {
    for (const session of cell.fleet.withAhead()) {
      if (session.ahead.waiting === 0) continue;
      for (const queueClass of cell.queueClasses.nonEmpty()) {
        if (!cell.fleet.eligible(queueClass).includes(session)) continue;
        const better = BANDS.find(
          (band) => session.ahead.below(rankOf(band)) > 0 && queueClass.queue(band).peek() !== undefined,
        );
        if (better)
          this.#violated(
            `nothing is ahead of more urgent work: ${queueClass.queue(better).peek()?.id} waits, ${session.session}`,
          );
      }
    }
  }
}

const isOf = ({ class: { band } }: TaskRow, rank: BandRank): boolean => rankOf(band) === rank;

/** The tasks in slots of workers that are ready, those on their way out too. */
const rowsInSlots = ({ fleet, state }: Cell): TaskRow[] =>
  [...fleet.all()]
    .filter((session) => session.state === 'ready')
    .flatMap(({ leases, express, ahead, suspended }) =>
      [...leases].flatMap(([id, { epoch }]) => {
        const row = state.table.get(id);
        const inSlot = !express.has(id) && !ahead.has(id) && !suspended.has(id);
        return row?.epoch === epoch && inSlot ? [row] : [];
      }),
    );

const floorOf = (policy: Policy, band: BandRank, occupants: number): number =>
  Math.min(classRulesOf(policy, band).minRunning, Math.floor((occupants * policy.floorPercent) / 100));
