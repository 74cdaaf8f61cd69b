/** A number by its name from a text of `name value` lines, as the files of a cgroup are. */
export const namedNumber = (text: string, name: string): number | undefined => {
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
  return value === undefined ? undefined : Number(value);
};
