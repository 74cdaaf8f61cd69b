export { DOCUMENT_KINDS, INDEXED_FIELDS } from './documents/document.ts';
export type { DocumentKind, SemanticDocument } from './documents/document.ts';
export { explained } from './documents/explained.ts';
export { exactSpecHash, specHash } from './documents/phrases.ts';
export { shapeOf } from './documents/shape.ts';
export { documentsOf } from './documents/task-documents.ts';
export { noteDocument, resolutionDocument, workflowDocument } from './documents/told-documents.ts';
export type {
  NoteFacts,
  Provenance,
  ResolutionFacts,
  StepFacts,
  WorkflowFacts,
} from './documents/told-documents.ts';
export { shortHash, uuid5 } from './documents/uuid5.ts';
export type {
  AttemptFacts,
  AttemptOutcome,
  DecisionFacts,
  DependencyFacts,
  ErrorFacts,
  LimitFacts,
  PreemptionFacts,
  TaskFacts,
} from './facts.ts';
export { fingerprintOf, patternOf } from './fingerprint/fingerprint.ts';
export type { FailureText, Fingerprint } from './fingerprint/fingerprint.ts';
export { plainText } from './fingerprint/scrub.ts';
export { framesOf, topFrames } from './fingerprint/stack.ts';
export type { Frame } from './fingerprint/stack.ts';
export { whatChanged } from './precedents/changes.ts';
export type { Change } from './precedents/changes.ts';
export { duplicatesOf } from './precedents/duplicates.ts';
export type { Duplicates, Known } from './precedents/duplicates.ts';
export { recall, remember, resolve } from './precedents/memory-notes.ts';
export type { NoteGround, RecallRequest, Recalled } from './precedents/memory-notes.ts';
export { precedentOf } from './precedents/precedent.ts';
export type { Precedent, Support } from './precedents/precedent.ts';
export { DURATIONS_MIN, ODDS_MIN, failureOdds, predictDuration } from './precedents/predictions.ts';
export type { DurationPrediction, FailureOdds, Prospect } from './precedents/predictions.ts';
export { RECOMMENDATION_MIN, recommend } from './precedents/recommendations.ts';
export type { Recommendation, Relation, Surroundings } from './precedents/recommendations.ts';
export { runOf } from './precedents/run.ts';
export type { Run } from './precedents/run.ts';
export { resolutionOf, seenBefore } from './precedents/seen-before.ts';
export type {
  Failure,
  KnownResolution,
  LaterSuccess,
  RetrySettings,
  SeenAnswer,
  SeenBefore,
} from './precedents/seen-before.ts';
export {
  SUGGESTION_MIN,
  failureCounts,
  suggestMemory,
  suggestRetry,
  suggestTimeout,
} from './precedents/suggestions.ts';
export type { LimitSuggestion, RetrySuggestion } from './precedents/suggestions.ts';
export { redactArgs, redactError, redactFacts, redactText, redactValue } from './redact/redact.ts';
export { isSecretKey } from './redact/secrets.ts';
export { confidenceOf } from './search/confidence.ts';
export type { Confidence } from './search/confidence.ts';
export { mergedFilters, pointFilter } from './search/filters.ts';
export type { SearchFilters } from './search/filters.ts';
export { rankByWords } from './search/lexical.ts';
export { grouped, highlightsOf } from './search/present.ts';
export type { Group, Highlight } from './search/present.ts';
export { parseQuery } from './search/query.ts';
export type { ParsedQuery } from './search/query.ts';
export { RANKING, rank } from './search/rank.ts';
export type { Candidate, RankOptions, RankRequest, Ranked } from './search/rank.ts';
export { collectionsOf, searchCollection } from './search/collections.ts';
export type {
  CollectionAnswer,
  CollectionFacts,
  CollectionGround,
  CollectionQuestion,
} from './search/collections.ts';
export { search } from './search/search.ts';
export type { SearchAnswer, SearchGround, SearchHit, SearchRequest } from './search/search.ts';
export { termsOf } from './search/terms.ts';
export type { Term } from './search/terms.ts';
export { Indexer, collectionOf } from './indexing/indexer.ts';
export type { IndexerOptions, IndexerStatus } from './indexing/indexer.ts';
export { Notes } from './indexing/notes.ts';
export type { NotesOptions, ToldFacts } from './indexing/notes.ts';
export { Stories } from './indexing/stories.ts';
export type { StoryStep } from './indexing/stories.ts';
export { SemanticHistory } from './service/semantic-history.ts';
export type { DiffAnswer, Prediction, Question, ResolvedFailure } from './service/semantic-history.ts';
export { plainWordsOf } from './search/nearness.ts';
export { wordVectors } from './search/word-vectors.ts';
export type { WordVectors } from './search/word-vectors.ts';
export { forget } from './indexing/retention.ts';
export type { RetentionTerms } from './indexing/retention.ts';
