/**
 * Why a message is not taken.
 * - `token-missing`, `token-malformed`: there is none, or none that was ever given out.
 * - `token-ended`: it is good no longer, or it is another gateway's.
 * - `topic-malformed`, `topic-refused`: not a topic, not the device's own.
 * - `not-now`: the bus has not taken it; the device may say it again.
 */
export const UPLINK_REFUSALS = [
  'token-missing',
  'token-malformed',
  'token-ended',
  'topic-malformed',
  'topic-refused',
  'too-many-requests',
  'not-now',
] as const;

export type UplinkRefusal = (typeof UPLINK_REFUSALS)[number];
