import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Texts that clients carry, and that only the gateways of the cell can make and read. */
export interface TextSeal {
  /** Safe in URLs. It can be opened with the same context only, which is not in it. */
  seal(text: string, context: string): string;
  /** `undefined`: it was made with another secret, for another context, or changed. */
  open(sealed: string, context: string): string | undefined;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is sealed for one purpose cannot be opened for another. */
export const textSeal = (secret: string, purpose: string): TextSeal => {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', `precedent.${purpose}`, KEY_BYTES));
  return {
    seal: (text, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(text), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open: (sealed, context) => {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) return undefined;
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return openedBy(decipher.setAAD(Buffer.from(context)), bytes.subarray(NONCE_BYTES + TAG_BYTES));
    },
  };
};

const openedBy = (decipher: ReturnType<typeof createDecipheriv>, body: Uint8Array): string | undefined => {
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]).toString();
  } catch {
    return undefined;
  }
};
