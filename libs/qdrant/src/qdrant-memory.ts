/** A collection as the server has it. */
export interface CollectionSize {
  readonly name: string;
  readonly points: number;
  readonly dimensions: number;
  /** It is read from the disk. */
  readonly isOnDisk: boolean;
}

/** Of one number of a vector, with its quantised copy. */
const NUMBER_BYTES = 5;
/** Of the graph, the indexes of the payload and the ids, for one point. Measured: see docs/operations.md. */
const POINT_BYTES = 2_000;
/** What stays in memory of a point that is on the disk: its ids, above all. */
const DISK_POINT_BYTES = 1_200;
/** A collection comes back to the memory when all then take less than this share of the bound, so that none goes to and fro. */
const RETURN_SHARE = 0.75;

/** What a collection takes of the memory, as estimated. */
export const memoryBytesOf = ({ points, dimensions }: CollectionSize, isOnDisk: boolean): number =>
  points * (isOnDisk ? DISK_POINT_BYTES : dimensions * NUMBER_BYTES + POINT_BYTES);

/** The collections that belong on the disk: the largest, until all take at most `bytes`, and those for whose return there is no room. */
export const onDiskWithin = (sizes: readonly CollectionSize[], bytes: number): ReadonlySet<string> => {
  const largestFirst = sizes.toSorted((a, b) => memoryBytesOf(b, false) - memoryBytesOf(a, false));
  const heldWith = (moved: number): number =>
    largestFirst.reduce((sum, size, at) => sum + memoryBytesOf(size, at < moved), 0);
  const needed = largestFirst.filter((_, at) => heldWith(at) > bytes);
  const isClose = heldWith(needed.length) > bytes * RETURN_SHARE;
  const staying = largestFirst.filter(({ isOnDisk }) => isOnDisk && isClose);
  return new Set([...needed, ...staying].map(({ name }) => name));
};
