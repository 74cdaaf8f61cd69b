import type { Zone } from '@precedent/orchestration';

/** The clocks of the world. Its data changes several times a year: governments move them. */
export interface Zones {
  /** Of the data, such as `2026c`. */
  readonly version: string;
  /** `undefined`: there is no such zone. */
  zone(name: string): Zone | undefined;
}
