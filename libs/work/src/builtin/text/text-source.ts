/** Where the text of a payload is from: the payload itself, or a file of the worker. */
export interface TextSource {
  readonly text?: string | undefined;
  readonly path?: string | undefined;
}

/** The name of the field that the text is from. */
export const sourceField = ({ path }: TextSource): string => (path === undefined ? 'text' : 'path');
