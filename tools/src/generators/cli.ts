import { cliReference } from '@precedent/cli';
import { GENERATED, page } from './markdown.ts';

/** The reference page of the command line, from the program itself. */
export const cliPage = (): string =>
  page(
    '# Commands',
    GENERATED,
    'Every command takes `--json` for programs, and `--url` where the NATS server is not at the default address.',
    cliReference(),
  );
