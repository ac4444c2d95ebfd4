export type { Clock } from './clock.port.ts';
export type {
  Admission,
  ClaimFault,
  DeviceAuthority,
  DeviceListener,
  DeviceSession,
  FaultyClaim,
  OutgoingMessage,
  SessionClaim,
  SessionDecision,
  SilenceRule,
  TransportCloseReason,
  TransportEnd,
} from './device-listener.port.ts';
export type {
  BusBatch,
  BusPublisher,
  BusRecord,
  BusSubscription,
  DeliveredRecord,
  EventBus,
  FencedBatch,
  FencedWriter,
  PartitionId,
  StartPoint,
  SubscribeOptions,
  TopicSpec,
  WriterProgress,
} from './event-bus.port.ts';
export type {
  AllPage,
  Appended,
  AppendRefusal,
  EventMeta,
  EventOrigin,
  EventStore,
  NewEvent,
  PageEnds,
  ReadAllOptions,
  StoredEvent,
  StreamAppend,
  StreamEnds,
} from './event-store.port.ts';
export type { IdempotencyRecord, IdempotencyStore } from './idempotency.port.ts';
export type { Ids } from './ids.port.ts';
export type {
  ChunkCounts,
  ChunkQuestion,
  ImportJob,
  ImportJobs,
  ImportJobSweeps,
  JobChunk,
  JobFence,
  JobState,
  JobWrite,
} from './import-jobs.port.ts';
export type { Campaign, Leadership } from './leadership.port.ts';
export type { LoggedEvent, LogReader, ReadByStreamOptions } from './log-reader.port.ts';
export { acceptableBytes, MAX_RECORD_BYTES, recordBytes } from './record-bytes.ts';
export type { Adoption, LaneReached, RelayLog, RelayMapper } from './relay.port.ts';
export type { SealedSecret, SecretRow, SecretStore } from './secrets.port.ts';
export type { LostPositions, StoreIdentity, StoreState, StoreTail } from './store-tail.port.ts';
export type { SqlDatabase, SqlRow, SqlSession, SqlValue } from './sql.port.ts';
export type { ViewStore, ViewWrite } from './view-store.port.ts';
export { keepTrying, pause, withinMs, type Trying } from './waiting.ts';
