import { hash } from 'node:crypto';
import type { Sha256 } from '@precedent/kernel';

export const sha256: Sha256 = (text) => hash('sha256', text, 'base64url');

/** The same in hex, as checkpoints are named by it. */
export const sha256Hex = (content: string | Uint8Array): string => hash('sha256', content);
