import { describeKeys } from '@precedent/config';
import { GENERATED, page, table } from './markdown.ts';

/** The reference page of the configuration, from its schema. */
export const configPage = (): string =>
  page(
    '# Configuration',
    GENERATED,
    [
      'Defaults, then `precedent.yaml`, then variables, then flags, each over the one before. Unknown keys are refused with the',
      'nearest name. `precedent config` prints the effective values and where each comes from.',
    ].join('\n'),
    table(
      ['key', 'variable', 'default', 'expected'],
      describeKeys().map(({ key, env, initial, expected }) => [
        code(key),
        code(env),
        code(initial),
        expected,
      ]),
    ),
  );

const code = (text: string): string => (text === '' ? '' : `\`${text}\``);
