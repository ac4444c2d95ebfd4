export { createRelay, type Relay, type RelayEnd } from './relay.ts';
export type {
  LaneStatus,
  Pace,
  RelayDeps,
  RelayLane,
  RelayLog,
  RelayMapper,
} from './relay.types.ts';
export { runRelay, type RelayHandle, type RelayStatus, type RunRelayDeps } from './run-relay.ts';
