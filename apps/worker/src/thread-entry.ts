/** Where the program of a thread is: next to this module, as a source or as a bundle. */
export const THREAD_ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? 'thread.ts' : 'thread.mjs',
  import.meta.url,
);
