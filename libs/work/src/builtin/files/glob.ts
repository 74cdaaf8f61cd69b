/**
 * Whether a path matches a glob: `?` and `*` within one part, `**` for any number of parts. A glob without a slash is
 * matched against the last part of the path. Takes time proportional to both lengths, whatever the glob is: `path.matchesGlob` of Node
 * would take 37 s of the event loop for `*a*a*a*a*a*a*a*ab` and a name of 60 letters (Node 24.21), and globs come from users.
 */
export const matchesGlob = (path: string, glob: string): boolean => {
  const parts = path.split('/');
  if (!glob.includes('/')) return matchesPart(parts.at(-1) ?? '', glob);
  return matchesList(parts, glob.split('/'), {
    isStar: (part) => part === '**',
    isSame: matchesPart,
  });
};

const matchesPart = (text: string, glob: string): boolean =>
  matchesList(Array.from(text), Array.from(glob), {
    isStar: (char) => char === '*',
    isSame: (char, wanted) => wanted === '?' || char === wanted,
  });

interface Rules {
  readonly isStar: (wanted: string) => boolean;
  readonly isSame: (item: string, wanted: string) => boolean;
}

/** Goes back to the last star only: what an earlier one would take, the last one can take as well. */
const matchesList = (items: readonly string[], wanted: readonly string[], rules: Rules): boolean => {
  let [at, want, star, taken] = [0, 0, -1, 0];
  while (at < items.length) {
    const next = wanted[want];
    if (next !== undefined && rules.isStar(next)) [star, taken, want] = [want, at, want + 1];
    else if (next !== undefined && rules.isSame(items[at] ?? '', next)) [at, want] = [at + 1, want + 1];
    else if (star < 0) return false;
    else [taken, at, want] = [taken + 1, taken + 1, star + 1];
  }
  return wanted.slice(want).every(rules.isStar);
};
