interface AccessItems<T> {
  readonly items: readonly T[];
  readonly truncated: boolean;
}

/** All keys or grants, page after page. `read` gets the id behind which the page begins. */
export const everyPage = async <T extends { readonly id: string }>(
  read: (after: string | undefined) => Promise<AccessItems<T>>,
): Promise<readonly T[]> => {
  const all: T[] = [];
  for (;;) {
    const { items, truncated } = await read(all.at(-1)?.id);
    all.push(...items);
    if (!truncated || items.length === 0) return all;
  }
};
