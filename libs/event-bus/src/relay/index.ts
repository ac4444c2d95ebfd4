export { createRelay, type Relay, type RelayEnd } from './relay.ts';
export { judgeStore, newestTold, toMark, type Standing, type StoreMark } from './store-mark.ts';
export type { LaneStatus, Pace, RelayDeps, RelayLane } from './relay.types.ts';
export { runRelay, type RelayHandle, type RelayStatus, type RunRelayDeps } from './run-relay.ts';
