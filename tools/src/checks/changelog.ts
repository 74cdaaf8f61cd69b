const SECTIONS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
const RELEASE = /^## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$/;

/** The shape of Keep a Changelog: a title, Unreleased first, dated releases, and only the six known sections. */
export const checkChangelog = (text: string): string[] => {
  const [title, unreleased, ...rest] = text.split('\n').filter((line) => /^#{1,2} /.test(line));
  const sections = text.split('\n').filter((line) => line.startsWith('### '));
  return [
    ...(title === '# Changelog' ? [] : ['must begin with "# Changelog"']),
    ...(unreleased === '## [Unreleased]' ? [] : ['its first section must be "## [Unreleased]"']),
    ...rest.filter((line) => !RELEASE.test(line)).map((line) => `"${line}" is not "## [x.y.z] - yyyy-mm-dd"`),
    ...sections
      .filter((line) => !SECTIONS.includes(line.slice(4)))
      .map((line) => `"${line}" is no known section`),
  ].map((problem) => `CHANGELOG.md: ${problem}`);
};
