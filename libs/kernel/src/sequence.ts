/** Where a record is in the journal of its cell. */
export interface JournalPlace {
  readonly entry: number;
  /** Of the record in its entry, from 0. */
  readonly index: number;
}

const ENTRY_DIGITS = 13;
const INDEX_DIGITS = 5;
const SEQUENCE = /^(\d{13})\.(\d{5})$/;

/** A place as text of 19 characters. Texts are ordered as their places are. */
export const sequenceText = (entry: number, index: number): string =>
  `${String(entry).padStart(ENTRY_DIGITS, '0')}.${String(index).padStart(INDEX_DIGITS, '0')}`;

/** The place of a text that `sequenceText` made; `undefined` for another one. */
export const placeIn = (sequence: string): JournalPlace | undefined => {
  const [, entry, index] = SEQUENCE.exec(sequence) ?? [];
  return entry === undefined ? undefined : { entry: Number(entry), index: Number(index) };
};
