import { counter, gauge } from './metrics.ts';

/**
 * What can be set aside: records that the bus, or a view, can never take (libs/README.md, rule 13).
 */
const SET_ASIDE = [
  'signals',
  'report',
  'decision',
  'telemetry',
  'relay',
  'presence',
  'view',
] as const;

export type SetAsideKind = (typeof SET_ASIDE)[number];

export const setAside = counter(
  'tallystick_set_aside_total',
  'Records that the bus or a view can never take: they were named in the log and passed over',
  { what: SET_ASIDE },
);

export const clockError = gauge(
  'tallystick_clock_error_seconds',
  "How far this machine's clock is ahead of the broker's (negative: behind)",
  [],
  'max',
);
