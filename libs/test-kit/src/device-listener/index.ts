export { deviceListenerConformance } from './device-listener.conformance.ts';
export type {
  DeviceListenerHarness,
  Lack,
  SpecClaim,
  SpecDevice,
} from './device-listener-harness.ts';
export { RecordingAuthority, type Uplinked } from './recording-authority.ts';
