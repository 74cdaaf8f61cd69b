/** Begins the lines in which an engine tells of its memory. */
export const SAMPLE_MARK = 'bench-memory ';
