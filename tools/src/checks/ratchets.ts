/** Packages whose index files still export what no other package imports, and the published SDK, whose users are elsewhere. Shrinks. */
export const NOT_YET_TIDY: readonly string[] = ['@precedent/cli'];

/** Names that two production files define. Shrinks: take a name out when it is defined once. */
export const KNOWN_REPETITIONS: readonly string[] = [
  // Two entry points of the SDK: for Node, and for browsers.
  'connect',
];
