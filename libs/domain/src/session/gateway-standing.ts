import type { LiveSession, NewsSource } from './session.types.ts';

/** What is known of a gateway's right to speak. */
export interface GatewayStanding {
  /** The newest incarnation that was heard of. */
  readonly incarnation: string;
  /** Terms up to this one of that incarnation are closed; 0: none. */
  readonly fencedTerm: number;
  /** Older incarnations, newest first. */
  readonly retired: readonly string[];
}

const RETIRED_REMEMBERED = 32;

/**
 * `new`: an incarnation never heard of. Whether it is to be adopted or retired, the gateway's
 * reports tell.
 */
export function judgeSource(
  standing: GatewayStanding | undefined,
  incarnation: string,
  term: number,
): NewsSource['standing'] | 'new' {
  if (standing === undefined) return 'new';
  if (standing.retired.includes(incarnation)) return 'retired';
  if (standing.incarnation !== incarnation) return 'new';
  return term <= standing.fencedTerm ? 'fenced' : 'current';
}

/**
 * A gateway has one incarnation at a time: the newest heard of. The same object when nothing
 * changes.
 */
export function adoptIncarnation(
  standing: GatewayStanding | undefined,
  incarnation: string,
): GatewayStanding {
  if (standing === undefined) return { incarnation, fencedTerm: 0, retired: [] };
  if (judgeSource(standing, incarnation, Infinity) !== 'new') return standing;
  const retired = [standing.incarnation, ...standing.retired].slice(0, RETIRED_REMEMBERED);
  return { incarnation, fencedTerm: 0, retired };
}

/**
 * An incarnation heard of for the first time when another one already holds the gateway's lease:
 * the spool of a process that died.
 */
export function retireIncarnation(standing: GatewayStanding, incarnation: string): GatewayStanding {
  if (judgeSource(standing, incarnation, Infinity) !== 'new') return standing;
  return { ...standing, retired: [incarnation, ...standing.retired].slice(0, RETIRED_REMEMBERED) };
}

/** Closes a term and all before it. The same object when nothing changes. */
export function fenceTerm(
  standing: GatewayStanding | undefined,
  incarnation: string,
  term: number,
): GatewayStanding {
  const adopted = adoptIncarnation(standing, incarnation);
  if (adopted.incarnation !== incarnation || term <= adopted.fencedTerm) return adopted;
  return { ...adopted, fencedTerm: term };
}

/**
 * A retired incarnation that holds the lease after all. Its term is fenced, so that it announces
 * what is live.
 */
export function reinstate(
  standing: GatewayStanding,
  incarnation: string,
  term: number,
): GatewayStanding {
  const others = standing.retired.filter((retired) => retired !== incarnation);
  return { incarnation, fencedTerm: term, retired: [standing.incarnation, ...others] };
}

/** Whether a session of that gateway died with a fenced term or an older incarnation. */
export function isLost(standing: GatewayStanding, session: LiveSession): boolean {
  return session.incarnation !== standing.incarnation || session.term <= standing.fencedTerm;
}
