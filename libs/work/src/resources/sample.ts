/** What a machine can run short of. */
export const MEASURES = ['cpu', 'memory', 'disk', 'ioWait'] as const;
export type Measure = (typeof MEASURES)[number];

/** How much of the machine was in use, as fractions of what there is; 0 for what cannot be measured here. */
export interface ResourceSample extends Readonly<Record<Measure, number>> {
  /** Epoch milliseconds. `cpu` and `ioWait` are over the time since the sample before. */
  readonly at: number;
}

/** One value for each measure. */
export const perMeasure = <T>(of: (measure: Measure) => T): Record<Measure, T> => ({
  cpu: of('cpu'),
  memory: of('memory'),
  disk: of('disk'),
  ioWait: of('ioWait'),
});
