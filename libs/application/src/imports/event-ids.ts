import type { Ids } from '@tallystick/ports';
import type { Seeds } from './planned-row.types.ts';

/** Hex digits of a UUID's end that name the row. */
const DIGITS = 8;

/**
 * A fresh UUIDv7 whose last 32 bits are left to the row: the events of a chunk have ids in the
 * order of its rows, and an event tells which row of the file it came from. 42 bits of time's order
 * and chance keep the ids of two chunks apart.
 */
function newSeed(ids: Ids): string {
  return ids.uuid().slice(0, -DIGITS);
}

export function eventIdOf(seed: string, row: number): string {
  return seed + row.toString(16).padStart(DIGITS, '0');
}

export function rowOfEventId(id: string): number {
  return Number.parseInt(id.slice(-DIGITS), 16);
}

export function newSeeds(ids: Ids): Seeds {
  return [newSeed(ids), newSeed(ids), newSeed(ids), newSeed(ids)];
}
