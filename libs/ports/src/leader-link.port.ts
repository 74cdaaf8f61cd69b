/** From an engine that stands by for a cell to the engine that serves it. */
export interface LeaderLink {
  /**
   * Announces that the engine `standby` stands by. Resolves to `false` when no engine serves the cell: it has not begun yet, or its process has
   * ended. Resolves to `true` when one does, and while that cannot be known.
   */
  announce(cell: string, standby: string): Promise<boolean>;
  /** Called when the connection of this engine breaks: other engines may take it for dead until it is up again. */
  onBroken(listener: () => void): void;
}
