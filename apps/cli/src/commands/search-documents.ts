import { excerptOf } from '@precedent/kernel';
import type { DocumentHitView, DocumentsReply } from '@precedent/contracts';
import { tableText } from '../terminal/table.ts';
import type { Page } from '../terminal/table.ts';
import { visibleLine } from '../terminal/visible.ts';

const TEXT_CHARS = 100;

/** What was found in a collection, and how it was looked for. */
export const documentsText = (
  { collection, hits, semantic, partial, confidence }: DocumentsReply,
  page: Page,
): string => {
  const rows = hits.map((hit) => [
    placeOf(hit),
    hit.score.toFixed(2),
    excerptOf(visibleLine(hit.text), TEXT_CHARS),
  ]);
  const found =
    rows.length === 0
      ? 'nothing found\n'
      : tableText([{ heading: 'where', min: 16 }, 'score', { heading: 'what', min: 20 }], rows, page);
  const notes = [
    `looked in ${collection}`,
    ...(semantic ? [] : ['by words only']),
    ...(partial ? ['a part of it was examined'] : []),
    `confidence ${confidence.level}`,
  ];
  return `${found}${notes.join('; ')}\n`;
};

const placeOf = ({ path, chunk, key, id }: DocumentHitView): string =>
  path === undefined ? (key ?? id) : `${path}#${chunk ?? 0}`;
