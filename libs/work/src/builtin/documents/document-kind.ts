/** How a document is cut: by what its text is made of. */
export const TEXT_FORMATS = ['text', 'markdown', 'html', 'json', 'yaml', 'csv', 'code'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

const EXTENSIONS: Readonly<Record<Exclude<TextFormat, 'text'>, string>> = {
  markdown: 'md markdown mdx',
  html: 'html htm xhtml',
  json: 'json',
  yaml: 'yaml yml',
  csv: 'csv tsv',
  code:
    'ts tsx js jsx mjs cjs mts cts py rb go rs java kt kts scala c h cc cpp hpp cs swift php pl lua sh bash zsh fish ' +
    'sql proto graphql css scss vue svelte zig ex exs erl hs ml clj dart r jl tf nix',
};

const KIND_OF = new Map<string, TextFormat>(
  Object.entries(EXTENSIONS).flatMap(([kind, list]) =>
    list.split(' ').map((extension) => [extension, kind as TextFormat] as const),
  ),
);

/** By the extension of the path; plain text for an unknown one. */
export const documentKindOf = (path: string): TextFormat => {
  const extension = /\.([A-Za-z0-9]+)$/.exec(path)?.[1]?.toLowerCase();
  return (extension === undefined ? undefined : KIND_OF.get(extension)) ?? 'text';
};

/** The text of a file; `undefined` for a binary one, which is not UTF-8 or has zero bytes. */
export const documentTextOf = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
};
