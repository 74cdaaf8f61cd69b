import { getCACertificates, setDefaultCACertificates } from 'node:tls';

const trusted = new Set<string>();

/**
 * From now on this thread also accepts certificates that `ca` (PEM) signs. For the whole thread, because the client of Qdrant has no
 * setting of its own.
 */
export const trustAuthority = (ca: string | undefined): void => {
  if (ca === undefined || trusted.has(ca)) return;
  trusted.add(ca);
  setDefaultCACertificates([...getCACertificates('default'), ca]);
};
