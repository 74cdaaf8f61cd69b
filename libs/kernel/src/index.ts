export { backoffMs } from './backoff.ts';
export { isUtf16, withoutByteOrderMark } from './byte-order.ts';
export { LOG_LEVELS, lineLogger } from './log-level.ts';
export type { LineLevel, LineLogger } from './log-level.ts';
export { BANDS, ORIGINS, bandOf, defaultBand, isBand, perBand, rankOf } from './bands.ts';
export { defined } from './defined.ts';
export type { Band, BandRank, Origin } from './bands.ts';
export { ChurnMap } from './churn-map.ts';
export { withoutCredentials } from './credentials.ts';
export { formatAgo, formatDuration, formatIn, parseDuration } from './duration.ts';
export type { EpochMs } from './duration.ts';
export { DurationHistogram } from './duration-histogram.ts';
export { catalogue, isErrorCode, mayRetry } from './errors.ts';
export type { ErrorRow } from './error-row.ts';
export type { ErrorCode } from './errors.ts';
export { AppError, errorOf, isAppError, isOutage, problemOf, retryDelayOf } from './problem.ts';
export type { Issue, Problem, ProblemExtras } from './problem.ts';
export { canonicalJson, canonicalText, hasCanonicalKeys, hash53 } from './hash.ts';
export type { Sha256 } from './hash.ts';
export { defaultExpress } from './express.ts';
export { Heap } from './heap.ts';
export { KEY_CHARS, KEY_PREFIX, keyParts } from './key-parts.ts';
export { issuerIn, tokenCredential, tokenPrincipal } from './token-principal.ts';
export type { TokenOwner } from './token-principal.ts';
export { mergePatch } from './merge-patch.ts';
export { nearest } from './nearest.ts';
export { ownValue } from './own.ts';
export { asc, desc, orderBy } from './order.ts';
export { Probe } from './probe.ts';
export { protoKeyIn } from './proto-key.ts';
export { fieldPath, isDeeperThan, readExactJson, readJson, tooDeep } from './read-json.ts';
export type { JsonIssue, JsonRules, ReadJson } from './read-json.ts';
export { repeatedKey } from './repeated-key.ts';
export { retryUntilAborted } from './retry.ts';
export { seededRandom } from './seeded-random.ts';
export type { SeededRandom } from './seeded-random.ts';
export { placeIn, sequenceText } from './sequence.ts';
export type { JournalPlace } from './sequence.ts';
export { service, startAll, stopAll } from './service.ts';
export type { Service } from './service.ts';
export {
  charBoundary,
  cutBytes,
  cutGraphemes,
  cutText,
  exceedsBytes,
  excerptOf,
  normalForm,
  trimEndOf,
  wellFormed,
} from './text.ts';
export { TIME_MAX, clampTime, dayAt, parseTime } from './time.ts';
export { errorCode, errorName, fieldOf, isError, hasErrorName, messageOf } from './thrown.ts';
export { threadLimits } from './thread-limits.ts';
export { Timeline } from './timeline.ts';
export { startInterval, startTimer, timerMs } from './timer.ts';
export type { Timer } from './timer.ts';
export { ulids } from './ulid.ts';
export type { Ids } from './ulid.ts';
export { HIDDEN_CHARACTERS, visible } from './visible.ts';
export { WaitingReaders } from './waiting-readers.ts';
export { onAbort, settlesWithin, sleep, timeoutSignal, unlessAborted, within } from './waiting.ts';
export type { Wake } from './waiting.ts';
export { countText, timesText } from './wording.ts';
