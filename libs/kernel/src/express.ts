/** Of its slots, unless a worker says otherwise. */
const PERCENT = 10;

/** The express slots of a worker, rounded up: one for ten slots, at least one, unless another percentage is given. */
export const defaultExpress = (slots: number, percent = PERCENT): number =>
  Math.ceil((slots * percent) / 100);
