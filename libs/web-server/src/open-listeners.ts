import type { Listener } from '@precedent/ports';

/** Opens listeners in order. When one fails, those that are open are closed again, and its error is thrown. */
export const openListeners = async <Name extends string>(
  openers: Readonly<Record<Name, () => Promise<Listener>>>,
): Promise<Readonly<Record<Name, Listener>>> => {
  const opened: Partial<Record<Name, Listener>> = {};
  try {
    for (const name of Object.keys(openers) as Name[]) opened[name] = await openers[name]();
    return opened as Record<Name, Listener>;
  } catch (error) {
    await Promise.allSettled(
      Object.values<Listener | undefined>(opened).map(async (listener) => listener?.close()),
    );
    throw error;
  }
};
