type Env = Readonly<Record<string, string | undefined>>;

/** How a person calls this program: one that npm started is not on the PATH, but npx finds it. */
export const programName = ({ npm_command: npm }: Env): string =>
  npm === undefined || npm === '' ? 'precedent' : 'npx precedent';

/** The text with the commands in backticks as a person calls them. */
export const withProgramName = (text: string, env: Env): string =>
  text.replaceAll('`precedent ', `\`${programName(env)} `);
