/** Shares of a machine that are in use, 0 to 1. */
type Shares = Readonly<Record<'cpu' | 'memory' | 'disk' | 'ioWait', number>>;

export interface MachineReadings extends Shares {
  /** Where each begins to matter, 0 to 1. */
  readonly thresholds?: Shares | undefined;
}

const MEASURES = [
  ['cpu', 'CPU'],
  ['memory', 'memory'],
  ['disk', 'disk'],
  ['ioWait', 'I/O wait'],
] as const;

/** `CPU 94 %`: the readings that are at their thresholds or above; without any, the one that is nearest. */
export const readingsText = (load: MachineReadings): string => {
  const readings = MEASURES.map(([measure, name]) => {
    const share = load[measure];
    return {
      text: `${name} ${Math.round(share * 100)} %`,
      excess: share / (load.thresholds?.[measure] ?? 1),
    };
  });
  const over = readings.filter(({ excess }) => excess >= 1);
  const nearest = readings.toSorted((a, b) => b.excess - a.excess).slice(0, 1);
  return (over.length > 0 ? over : nearest).map(({ text }) => text).join(', ');
};
