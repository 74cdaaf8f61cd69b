type Absent<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];
/** The fields that can be `undefined` are optional instead. */
type Defined<T> = Omit<T, Absent<T>> & { [K in Absent<T>]?: Exclude<T[K], undefined> };

/** The fields that are not `undefined`. */
export const defined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
