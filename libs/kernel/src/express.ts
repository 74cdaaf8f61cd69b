/** Slots for which a worker offers one express slot, unless it says otherwise. */
const SLOTS_PER_EXPRESS = 10;

/** The express slots of a worker that does not say how many it offers: one for ten slots, at least one. */
export const defaultExpress = (slots: number): number => Math.ceil(slots / SLOTS_PER_EXPRESS);
