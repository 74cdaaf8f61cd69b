/** Replaces what it finds in a text; `$1`-style groups keep what stands around a secret. */
export type Rule = (text: string) => string;
