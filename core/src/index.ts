export { SignalboxError, errorCodes, signalboxError } from './errors.js';
export type { ErrorCode } from './errors.js';
export { ageKey, formatRef, groupOf, kindKey, objectKey, refOf } from './resource/resource.js';
export type { ObjectMeta, ObjectRef, Resource, ResourceKind } from './resource/resource.js';
export { quote } from './resource/diagnostic.js';
export type { Diagnostic, SourceLocation } from './resource/diagnostic.js';
export type { Interests, ReferencedChange, ResourceWriter, Source, SourceObject } from './resource/source.js';
export type { Origin } from './resource/origin.js';
export { configMapKind, endpointSliceKind, hostAddressesKind, secretKind, serviceKind } from './resource/kinds.js';
export type { ConfigMap, EndpointSlice, HostAddresses, Secret, Service, ServicePort, SliceEndpoint } from './resource/kinds.js';
export { haproxyFeatures } from './haproxy/features.js';
export type { HaproxyFeatures } from './haproxy/features.js';
export type {
  CheckMessage,
  CheckOutcome,
  ConfigFile,
  DurableSink,
  FileChange,
  SinkMemory,
  SinkReport,
  WriteOutcome,
} from './target/durable-sink.js';
export { editItems, isItemEdit } from './target/file-edit.js';
export type { FileEdit, ItemEdit, WholeFile } from './target/file-edit.js';
export type {
  LiveRow,
  LiveServer,
  LiveSink,
  LiveStep,
  Observation,
  ObservationScope,
  ObservedServer,
  Sent,
  StepOutcome,
} from './target/live-sink.js';
export {
  addressLists,
  boolean,
  custom,
  duration,
  hasControl,
  integer,
  lines,
  networks,
  oneOf,
  oneOfNumbers,
  text,
} from './annotation/values.js';
export type { AddressLists } from './annotation/values.js';
export type { Key, KeyOptions, KeyReference, ValueOf, WithFallback } from './annotation/key.js';
export { refuse } from './annotation/standard-schema.js';
export type { Refusal, SchemaResult, StandardSchema } from './annotation/standard-schema.js';
export { family } from './annotation/family.js';
export type {
  Family,
  HttpsTarget,
  ListenerTarget,
  PoolTarget,
  RouteTarget,
  Scope,
  SectionTarget,
  Targets,
  Tracked,
} from './annotation/family.js';
export type { AnnotationSet, AnyFamily, KnownKey, Plugin } from './controller/plugin.js';
export type {
  CertificateDraft,
  ErrorFileDraft,
  PatternFileDraft,
  RouteDraft,
  StreamDraft,
  TranslateContext,
  Translator,
} from './routing/translator.js';
export type { BackendRef, HostPattern, PathMatch } from './routing/model.js';
export { evaluate } from './routing/evaluate.js';
export type { Candidate, DecidedRule, Decision, RoutedAnswer } from './routing/decision.js';
export type { IncomingRequest } from './routing/request.js';
export type { AskedRoute, Destination, RoutingModel } from './routing/routing-model.js';
export type { HeldSetting, SaidValue } from './annotation/held-settings.js';
export { SecretText } from './secret-text.js';
export { createController } from './controller/controller.js';
export type { Controller, ControllerOptions } from './controller/controller-options.js';
export type { Sink } from './controller/sinks.js';
export type { ControllerEvents } from './controller/events.js';
export { createPipeline } from './controller/pipeline.js';
export type { Pipeline, PipelineOptions } from './controller/pipeline.js';
export type { Reporter, ServingChange } from './controller/reporter.js';
export { defaultListenOptions } from './haproxy/listen-options.js';
export type { ListenOptions } from './haproxy/listen-options.js';
export { errorResponseProblem, errorStatuses } from './haproxy/error-response.js';
export { patternNameProblem, patternsOf } from './haproxy/pattern-file.js';
export { allKeys, dirtyKeys } from './haproxy/model.js';
export type { DirtyKeys, HaproxyModel } from './haproxy/model.js';
export type {
  CertificateRow,
  CrtListRow,
  FileRow,
  HaproxyRow,
  ListRow,
  MapRow,
  OwnedDirective,
  RuleSetMark,
  SectionRow,
  ServerRow,
} from './haproxy/rows.js';
export { slotPrefix } from './haproxy/reserved-names.js';
export type { DefaultCertificate } from './haproxy/compile/tls-rows.js';
export type { EndpointPolicy, OwnListeners } from './routing/endpoint-policy.js';
export type { FileLayout } from './haproxy/config-files.js';
export { renderConfiguration } from './haproxy/render.js';
export { LocalTarget } from './target/local-target.js';
export type { LocalTargetOptions } from './target/local-target-options.js';
export { compareModels } from './target/compare-models.js';
export type { ModelComparison } from './target/compare-models.js';
export { plan } from './target/plan.js';
export type { Step } from './target/plan.js';
export type { ReloadCause } from './target/lanes.js';
export type { Complaint, ConfigurationRefusal, Outcome, ReloadReason, Target } from './target/target.js';
export { authoritiesRef, certificateRef } from './annotation/certificate-references.js';
export { snippet } from './annotation/snippet.js';
export { configMapRef, secretRef, serviceRef } from './annotation/references.js';
export type { ReferredSecret } from './annotation/references.js';
export type { NamespacePolicy, Resolved } from './resource/reference.js';
export {
  allOf,
  anyOf,
  condition,
  crtListRow,
  Duration,
  fileName,
  guarded,
  haproxy,
  isRefusal,
  logFormat,
  mapRow,
  Name,
  not,
  Path,
  patternLines,
  patternRow,
  raw,
  Regex,
  renderComment,
  renderDirective,
  renderSection,
  runtimeCommand,
  runtimeWord,
  sample,
} from './haproxy/emitter/index.js';
export type {
  Branded,
  Condition,
  CrtListEntry,
  CrtListOption,
  Directive,
  EmitterValue,
  Insertable,
  LogFormat,
  Pattern,
  PatternMethod,
  RefusalReason,
  RenderOptions,
  SampleExpression,
  Section,
  SectionKind,
} from './haproxy/emitter/index.js';
export { isFailure, Tables, Transaction } from './table/index.js';
export type {
  CellId,
  Counters,
  CountersSnapshot,
  Counts,
  Delta,
  Derive,
  DerivedTable,
  Failure,
  FailureChange,
  Group,
  GroupedTable,
  GroupOptions,
  InputTable,
  Note,
  NoteChange,
  Read,
  RowChange,
  Table,
  TableOptions,
  TablesOptions,
  YieldingOptions,
} from './table/index.js';
