import type { JsonObject } from '@tallystick/kernel';
import { EVENT_TRAITS, traitsOf } from '../events/event-traits.ts';

/** What the fast lane's cursor reads. */
export const FAST_EVENT_TYPES: readonly string[] = Object.entries(EVENT_TRAITS).flatMap(
  ([type, { lane }]) => (lane === 'fast' || lane === 'fast-if-delivered' ? [type] : []),
);

export type Lane = 'fast' | 'bulk';

/**
 * The lane that decides when an event counts as applied. All events go over bulk; some also over
 * fast (event-traits.ts).
 */
export function laneOf(type: string, data: JsonObject): Lane {
  const lane = traitsOf(type)?.lane ?? 'bulk';
  if (lane === 'fast-if-claimed') return data['origin'] === 'claim' ? 'fast' : 'bulk';
  if (lane === 'fast-if-delivered') return data['method'] === undefined ? 'bulk' : 'fast';
  return lane;
}
