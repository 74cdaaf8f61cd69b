import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Marks a child whose settings come by the channel. */
export const SETTINGS_MARK = { PRECEDENT_SETTINGS: 'channel' } as const;
/** The kind of the message with the settings. */
export const SETTINGS_MESSAGE = 'settings';

/**
 * The environment of this program together with the settings that its parent sends. Every process of the same user can read the
 * environment that a program was started with: the variables that `isPrivate` names are taken out of it, also out of what Linux shows
 * in `/proc`. Call it first, and once. Rejects when the parent ends before it has sent the settings.
 */
export const takeEnvironment = async (isPrivate: (name: string) => boolean): Promise<Environment> => {
  const sent = settingsFromParent();
  const own = { ...process.env };
  hideVariables(Object.keys(own).filter(isPrivate));
  return { ...own, ...(await sent) };
};

const settingsFromParent = (): Promise<Environment> =>
  new Promise((resolve, reject) => {
    if (process.env['PRECEDENT_SETTINGS'] !== SETTINGS_MARK.PRECEDENT_SETTINGS) return resolve({});
    const gone = (): void => reject(new Error('the program that started this one has ended'));
    const take = (message: unknown): void => {
      const { kind, content } = Object(message) as { kind?: unknown; content?: Environment };
      if (kind !== SETTINGS_MESSAGE) return;
      process.off('message', take);
      process.off('disconnect', gone);
      resolve(content ?? {});
    };
    process.on('message', take);
    process.on('disconnect', gone);
    if (!process.connected) gone();
  });

const hideVariables = (names: readonly string[]): void => {
  if (names.length === 0) return;
  for (const name of names) delete process.env[name];
  try {
    overwrite(names);
  } catch {
    // No /proc, or it may not be written: the variables are out of reach of our children at least.
  }
};

/** Fills the values with zeros where the kernel keeps the environment of a program: in its own memory, behind its arguments. */
const overwrite = (names: readonly string[]): void => {
  const [start, end] = environmentBounds();
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    const block = Buffer.alloc(end - start);
    readSync(memory, block, 0, block.length, start);
    for (const { at, bytes } of valuesIn(block, names))
      writeSync(memory, Buffer.alloc(bytes), 0, bytes, start + at);
  } finally {
    closeSync(memory);
  }
};

/** Fields 50 and 51 of `/proc/self/stat`; the third one is the first behind the name, which may hold anything. */
const environmentBounds = (): readonly [number, number] => {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [Number(fields[47]), Number(fields[48])];
};

const valuesIn = (block: Buffer, names: readonly string[]): { at: number; bytes: number }[] => {
  const found: { at: number; bytes: number }[] = [];
  for (let from = 0; from < block.length;) {
    const end = block.indexOf(0, from);
    const entry = block.toString('utf8', from, end < 0 ? block.length : end);
    const name = names.find((one) => entry.startsWith(`${one}=`));
    const bytes = Buffer.byteLength(entry);
    if (name !== undefined) found.push({ at: from + name.length + 1, bytes: bytes - name.length - 1 });
    from += Math.max(bytes, end - from) + 1;
  }
  return found;
};
