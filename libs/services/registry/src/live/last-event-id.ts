import type { EpochMs } from '@tallystick/kernel';
import { invalidField } from '../http/problem.ts';

/** Where a reader left off. */
export interface LeftOff {
  /** Everything up to this position was sent. */
  readonly position: number;
  /** For a partition that is not in `next`: records before this instant were not asked for. */
  readonly since: EpochMs;
  /** The first offset of a partition that was not told. */
  readonly next: ReadonlyMap<number, number>;
}

const POSITION = /^\d{1,15}$/;
const PLACES = /^(\d{1,15})\/(\d{1,15})\/((?:\d{1,5}-\d{1,15})(?:,\d{1,5}-\d{1,15})*)$/;

/**
 * The id of an event: `<position>/<since>/<partition>-<next>,…`. Positions alone tell nothing of
 * other partitions, where older ones may still be on their way.
 */
export function toEventId({ position, since, next }: LeftOff): string {
  const places = [...next].map(([partition, offset]) => `${partition}-${offset}`);
  return `${position}/${since}/${places.join(',')}`;
}

function fromPlaces(text: string): LeftOff {
  const [, position = '', since = '', places = ''] = PLACES.exec(text) ?? [];
  if (places === '')
    throw invalidField('Last-Event-ID', 'expected the id of an event or a position');
  const next = places.split(',').map((place) => {
    const [partition, offset] = place.split('-');
    return [Number(partition), Number(offset)] as const;
  });
  return { position: Number(position), since: Number(since), next: new Map(next) };
}

/**
 * `Last-Event-ID` (HTML standard, 9.2): an id that a stream gave, or a position; absent or empty:
 * none was seen. ProblemError otherwise.
 */
export function parseLastEventId(header: unknown): LeftOff | null {
  if (typeof header !== 'string' || header === '') return null;
  if (!POSITION.test(header)) return fromPlaces(header);
  return { position: Number(header), since: 0, next: new Map() };
}
