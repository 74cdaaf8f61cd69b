/** The beginning of what a spreadsheet runs as a formula. */
const FORMULA = /^[\s]*[=+\-@\t\r]/;

/** One cell by RFC 4180. A text that a spreadsheet would run gets a quote in front; a number is left as it is. */
export const csvCell = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** One row, with its line end. */
export const csvRow = (values: readonly unknown[]): string => `${values.map(csvCell).join(',')}\r\n`;
