/** The parts of an API key, `prec_<id>_<secret><checksum>`. The id is a token of a subject, and no secret. */
export interface KeyParts {
  readonly id: string;
  readonly secret: string;
  readonly checksum: string;
}

export const KEY_PREFIX = 'prec';
/** 64 bits, 256 bits and 32 bits in base 62. */
export const KEY_CHARS = { id: 10, secret: 43, checksum: 6 } as const;

const PARTS = new RegExp(
  `^${KEY_PREFIX}_([0-9A-Za-z]{${KEY_CHARS.id}})_([0-9A-Za-z]{${KEY_CHARS.secret}})([0-9A-Za-z]{${KEY_CHARS.checksum}})$`,
);

/** The parts of a text in the form of a key; `undefined` for any other text. Says nothing about the checksum. */
export const keyParts = (text: string): KeyParts | undefined => {
  const [, id, secret, checksum] = PARTS.exec(text) ?? [];
  if (id === undefined || secret === undefined || checksum === undefined) return undefined;
  return { id, secret, checksum };
};
