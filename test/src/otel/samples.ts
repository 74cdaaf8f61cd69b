/** The samples of a text in the format of Prometheus: `name{labels}` → value. Throws on a line that is none. */
export const samplesOf = (text: string): Readonly<Record<string, number>> => {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map(sampleOf));
};

const sampleOf = (line: string): readonly [string, number] => {
  const match = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line);
  const value = Number(match?.[2]);
  if (match?.[1] === undefined || Number.isNaN(value)) throw new Error(`not a sample: ${line}`);
  return [match[1], value];
};
