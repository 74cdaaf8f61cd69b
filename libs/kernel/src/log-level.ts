/** The levels of a program's log, the most detailed first. A program writes lines of its configured level and of those after it. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** The level of one line. */
export type LineLevel = Exclude<LogLevel, 'silent'>;

/** Writes one line of that level. `text` is called only for a line that is written. */
export type LineLogger = (level: LineLevel, text: () => string) => void;

/** Passes lines of the configured level and above to `write`; a line that repeats the one before it is written once. */
export const lineLogger = (configured: LogLevel, write: (line: string) => void): LineLogger => {
  const least = LOG_LEVELS.indexOf(configured);
  let last = '';
  return (level, text) => {
    if (LOG_LEVELS.indexOf(level) < least) return;
    const line = text();
    if (line !== last) write(line);
    last = line;
  };
};
