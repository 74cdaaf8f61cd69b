import type { TableRow } from '@precedent/ports';

const NEWLINE = 0x0a;

/** The rows of JSON lines, some at a time. Each chunk ends with a whole line. */
export function* rowsOf(chunks: readonly Uint8Array[], atOnce: number): Generator<readonly TableRow[]> {
  let rows: TableRow[] = [];
  for (const line of linesOf(chunks)) {
    rows.push(JSON.parse(line) as TableRow);
    if (rows.length < atOnce) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

function* linesOf(chunks: readonly Uint8Array[]): Generator<string> {
  const decoder = new TextDecoder();
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length;) {
      const end = chunk.indexOf(NEWLINE, from);
      const to = end < 0 ? chunk.length : end;
      yield decoder.decode(chunk.subarray(from, to));
      from = to + 1;
    }
  }
}
