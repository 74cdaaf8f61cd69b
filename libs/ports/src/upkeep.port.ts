/** What a store reports of its own work, for people: flat. */
export type UpkeepFacts = Readonly<Record<string, string | number | boolean>>;

/**
 * A store that can be saved and optimised while it is in use. Methods reject with the code that the store's other methods have when it does not
 * answer, and as soon as they can when the signal is aborted.
 */
export interface Upkeep {
  /** A folder of the backup has this name. */
  readonly name: string;
  /** What is saved and optimised one by one, in the order in which it has to be saved. Names of folders. */
  parts(): Promise<readonly string[]>;
  /** Writes files into an empty folder: a state of the part that was there at one moment of the call. */
  save(part: string, folder: string, signal: AbortSignal): Promise<UpkeepFacts>;
  optimise(part: string, signal: AbortSignal): Promise<UpkeepFacts>;
}
