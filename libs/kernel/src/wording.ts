/** `1 run`, `2 runs`. */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** `once`, `2 times`. */
export const timesText = (count: number): string => (count === 1 ? 'once' : `${count} times`);
