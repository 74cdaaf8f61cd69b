import { cutGraphemes } from '@precedent/kernel';
import type { DocumentHitView, DocumentsReply } from '@precedent/contracts';
import { oneLine, tableText } from '../output.ts';

const TEXT_CHARS = 100;

/** What was found in a collection, and how it was looked for. */
export const documentsText = ({
  collection,
  hits,
  semantic,
  partial,
  confidence,
}: DocumentsReply): string => {
  const rows = hits.map((hit) => [
    placeOf(hit),
    hit.score.toFixed(2),
    cutGraphemes(oneLine(hit.text), TEXT_CHARS),
  ]);
  const found = rows.length === 0 ? 'nothing found\n' : tableText(['WHERE', 'SCORE', 'WHAT'], rows);
  const notes = [
    `looked in ${collection}`,
    ...(semantic ? [] : ['by words only']),
    ...(partial ? ['a part of it was looked at'] : []),
    `confidence ${confidence.level}`,
  ];
  return `${found}${notes.join('; ')}\n`;
};

const placeOf = ({ path, chunk, key, id }: DocumentHitView): string =>
  path === undefined ? (key ?? id) : `${path}#${chunk ?? 0}`;
