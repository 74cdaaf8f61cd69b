/** Characters; the one version there is has 55, a later one may have more. */
export const TRACEPARENT_CHARS_MAX = 100;

const VERSION_0 = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const LATER = /^(?!00|ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[^\s"\\]*)?$/;

/** Whether a text is a `traceparent` of W3C Trace Context, also of a version that is not there yet. */
export const isTraceparent = (text: string): boolean =>
  text.length <= TRACEPARENT_CHARS_MAX && (VERSION_0.test(text) || LATER.test(text));
