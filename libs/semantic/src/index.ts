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
export { SIMILAR_MIN, duplicatesOf } from './precedents/duplicates.ts';
export type { Duplicate, Duplicates, Known } from './precedents/duplicates.ts';
export { CLUSTER_MIN } from './precedents/failures.ts';
export type { FailureCluster, FailureKind } from './precedents/failures.ts';
export { interruptionsOf } from './precedents/interruptions.ts';
export type { Interruptions } from './precedents/interruptions.ts';
export { recall } from './precedents/recall.ts';
export type { RecallRequest, Recalled } from './precedents/recall.ts';
export { precedentOf } from './precedents/precedent.ts';
export type { Precedent, Support } from './precedents/precedent.ts';
export { DURATIONS_MIN, ODDS_MIN, failureOdds, predictDuration } from './precedents/predictions.ts';
export type { DurationPrediction, FailureOdds, Prospect } from './precedents/predictions.ts';
export { RECOMMENDATION_MIN, recommend } from './precedents/recommendations.ts';
export type { Recommendation } from './precedents/recommendations.ts';
export type { Relation, Surroundings } from './precedents/relations.ts';
export { runOf } from './precedents/run.ts';
export { runIn } from './precedents/step.ts';
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
export { SUGGESTION_MIN, suggestMemory, suggestRetry, suggestTimeout } from './precedents/suggestions.ts';
export type { LimitSuggestion, RetrySuggestion } from './precedents/suggestions.ts';
export { FAILURE_WARNED, ofSpec, warningsOf } from './precedents/warnings.ts';
export type { Foreseen, Warning } from './precedents/warnings.ts';
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
export { removePoints } from './indexing/deletions.ts';
export type { Deleted } from './indexing/deletions.ts';
export { Indexer } from './indexing/indexer.ts';
export type { IndexerOptions, IndexerStatus } from './indexing/indexer.ts';
export { inputFacts } from './indexing/input-facts.ts';
export { Notes, keepNote } from './indexing/notes.ts';
export type { NotesOptions, ToldFacts } from './indexing/notes.ts';
export { askedOf } from './service/asked.ts';
export type { Asked } from './service/asked.ts';
export type { FailuresAnswer, FailuresAsked } from './service/known-failures.ts';
export { Forecasts } from './service/forecasts.ts';
export type { Forecast, ForecastsOptions } from './service/forecasts.ts';
export { SemanticHistory } from './service/semantic-history.ts';
export type {
  DiffAnswer,
  Prediction,
  Question,
  RecommendAnswer,
  ResolvedFailure,
} from './service/semantic-history.ts';
export { plainWordsOf } from './search/nearness.ts';
export { wordVectors } from './search/word-vectors.ts';
export type { WordVectors } from './search/word-vectors.ts';
export { forget } from './indexing/retention.ts';
export type { RetentionTerms } from './indexing/retention.ts';
export { openPatiently, openShelves } from './shelves/open-shelves.ts';
export type { OpenShelves, Patience, ShelfPlan } from './shelves/open-shelves.ts';
export { Reembedding } from './shelves/reembedding.ts';
export type { ReembedTasks, ReembeddingOptions, TaskStanding } from './shelves/reembedding.ts';
export type { Model, Shelf } from './shelves/shelf.ts';
export { shelfNames } from './shelves/shelf-names.ts';
export type { ShelfNames } from './shelves/shelf-names.ts';
export { Shelves } from './shelves/shelves.ts';
export type { ReembedJob, Settled } from './shelves/shelves.ts';
