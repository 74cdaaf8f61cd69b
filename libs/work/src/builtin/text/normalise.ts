import { normalForm } from '@precedent/kernel';

export interface NormaliseOptions {
  readonly form: 'NFC' | 'NFKC' | 'NFD' | 'NFKD';
  /** One space for many, none at the ends of lines, one empty line for many. */
  readonly whitespace: boolean;
  readonly lowercase: boolean;
  readonly accents: 'keep' | 'strip';
}

/** The same text in one form: line ends are always `\n`. */
export const normalise = (
  text: string,
  { form, whitespace, lowercase, accents }: NormaliseOptions,
): string => {
  let result = text.replaceAll(/\r\n?/g, '\n');
  if (accents === 'strip') result = normalForm(result, 'NFD').replaceAll(/\p{Mn}/gu, '');
  result = normalForm(result, form);
  if (lowercase) result = result.toLowerCase();
  return whitespace ? oneSpace(result) : result;
};

const oneSpace = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replaceAll(/[^\S\n]+/g, ' ').trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
