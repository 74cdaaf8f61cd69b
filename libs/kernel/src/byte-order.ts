/** The text without the byte order mark with which some editors begin a file. */
export const withoutByteOrderMark = (text: string): string =>
  text.startsWith('\ufeff') ? text.slice(1) : text;

/** Whether a text that was read as UTF-8 was written as UTF-16: it begins with a mark of that, or with every other byte zero. */
export const isUtf16 = (text: string): boolean => /^(?:\ufffd\ufffd|.?\0)/s.test(text);
