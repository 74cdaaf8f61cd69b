import { placeIn, sequenceText } from '@precedent/kernel';

/** Records in one journal entry, at most; an entry of the journal has far fewer. */
export const OPERATIONS_PER_ENTRY = 65_536;

/** The key of the row of operations that has this sequence. */
export const opOf = (sequence: string): number => {
  const { entry, index } = placeIn(sequence) ?? { entry: 0, index: 0 };
  return entry * OPERATIONS_PER_ENTRY + index;
};

export const sequenceOf = (op: number): string =>
  sequenceText(Math.floor(op / OPERATIONS_PER_ENTRY), op % OPERATIONS_PER_ENTRY);
