/** A collection as the server has it. */
export interface CollectionSize {
  readonly name: string;
  readonly points: number;
  readonly dimensions: number;
  /** It is read from the disk. */
  readonly isOnDisk: boolean;
}

/** Bytes of one number of a vector, and of its quantised copy. */
const NUMBER_BYTES = 5;
/** Of the graph, the indexes of the payload and the ids, for one point. Measured: see docs/operations.md. */
const POINT_BYTES = 2_000;
/** A collection comes back to the memory when all in memory then take less than this share of the bound, so that none goes to and fro. */
const RETURN_SHARE = 0.75;

/** What a collection takes of the memory when it is not on the disk, as estimated. */
export const bytesInMemory = ({ points, dimensions }: CollectionSize): number =>
  points * (dimensions * NUMBER_BYTES + POINT_BYTES);

const totalOf = (sizes: readonly CollectionSize[]): number =>
  sizes.reduce((sum, size) => sum + bytesInMemory(size), 0);

/** The collections that belong on the disk: the largest, until the others take at most `bytes`, and those for whose return there is no room. */
export const onDiskWithin = (sizes: readonly CollectionSize[], bytes: number): ReadonlySet<string> => {
  const largestFirst = sizes.toSorted((a, b) => bytesInMemory(b) - bytesInMemory(a));
  const needed = largestFirst.filter((_, at) => totalOf(largestFirst.slice(at)) > bytes);
  const inMemory = largestFirst.slice(needed.length);
  const staying = inMemory.filter((size) => size.isOnDisk && totalOf(inMemory) > bytes * RETURN_SHARE);
  return new Set([...needed, ...staying].map(({ name }) => name));
};
