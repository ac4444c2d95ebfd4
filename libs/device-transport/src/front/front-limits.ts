import type { FrontLimits } from './front.types.ts';

export const DEFAULT_FRONT_LIMITS: FrontLimits = {
  maxConnections: 100_000,
  maxHalfOpen: 4_096,
  maxHalfOpenPerAddress: 1_024,
  arrivalSeconds: 10,
};
