export { applySignal } from './apply-signal.ts';
export { closeLeft, closeSuperseded, loseSessions } from './close-session.ts';
export {
  applyBeat,
  applyReport,
  initialLeases,
  watchGateway,
  type Lease,
  type LeaseReport,
  type Leases,
  type LeaseStep,
  type LeaseVerdict,
} from './gateway-leases.ts';
export {
  adoptIncarnation,
  fenceTerm,
  isLost,
  judgeSource,
  reinstate,
  retireIncarnation,
  type GatewayStanding,
} from './gateway-standing.ts';
export { OFFLINE_REASONS, type OfflineReason, type SessionEnd } from './session-end.ts';
export { initialSessions } from './session-step.ts';
export type * from './session.types.ts';
