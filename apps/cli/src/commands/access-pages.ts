interface AccessItems<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}

/** All keys, grants or signers, page after page. */
export const everyPage = async <T>(
  read: (page: { readonly cursor?: string }) => Promise<AccessItems<T>>,
): Promise<readonly T[]> => {
  const all: T[] = [];
  let page: { readonly cursor?: string } = {};
  do {
    const { items, ...next } = await read(page);
    all.push(...items);
    page = next;
  } while (page.cursor !== undefined);
  return all;
};
