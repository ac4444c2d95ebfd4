import { assertNever } from '@tallystick/kernel';
import { applyClosed } from './apply-closed.ts';
import { beginGeneration } from './close-session.ts';
import { openSession } from './open-session.ts';
import { tellPast, turnAwayPast } from './past-session.ts';
import {
  andThen,
  findEnded,
  findHolder,
  findLive,
  findNewest,
  NO_EPOCH,
  turnAway,
  unchanged,
  type NewestOfPlace,
} from './session-step.ts';
import type { SessionEnd } from './session-end.ts';
import type {
  DeviceSessions,
  LiveSession,
  NewsSource,
  SessionFacts,
  SessionNews,
  SessionStep,
} from './session.types.ts';

/** How long a signal may travel, beyond the time it waited in its gateway. */
const UNDERWAY_MS = 10_000;

/** The fold of one device key: its sessions, and what was said of one of them. */
export function applySignal(
  device: DeviceSessions,
  source: NewsSource,
  news: SessionNews,
): SessionStep {
  switch (news.type) {
    case 'opened':
      return applyOpened(device, source, news.session);
    case 'announced':
      return applyAnnounced(device, source, news.session);
    case 'closed':
      return applyClosed(device, source, news);
    case 'activated':
      return unchanged(device);
    default:
      return assertNever(news);
  }
}

function applyOpened(
  device: DeviceSessions,
  source: NewsSource,
  session: SessionFacts,
): SessionStep {
  const { sessionId } = session;
  if (findLive(device, sessionId) !== undefined) return unchanged(device);
  if (findEnded(device, sessionId) !== undefined) return againInThePast(device, source, session);
  if (session.generation < device.generation)
    return turnAwayPast(device, source, session, { reason: 'deleted', at: source.sentAt });
  if (source.standing !== 'current') return openedInThePast(device, source, session);
  const born = beginGeneration(device, session.generation, session.openedAt);
  return andThen(born, (now) => {
    const newest = findNewest(now, session);
    return newest !== undefined && isLate(session, newest, source)
      ? turnAwayPast(now, source, session, { reason: 'taken-over', at: newest.openedAt })
      : openSession(now, source, session, session.openedAt);
  });
}

/**
 * This session was published already. If a dead incarnation, or one that missed its lease, reports
 * it, its socket must still be closed.
 */
function againInThePast(
  device: DeviceSessions,
  source: NewsSource,
  session: SessionFacts,
): SessionStep {
  return source.standing === 'retired'
    ? turnAway(device, source, session, 'gateway-lost')
    : unchanged(device);
}

/**
 * The order of the log is the order of sessions. The exception is an older session that arrives
 * after a newer one because its signal travelled longer: gateways pack, spool and send twice. A
 * greater difference means a wrong clock. Records of one gateway never overtake each other: there a
 * signal travelled only as long as the record says.
 */
function isLate(session: SessionFacts, newest: NewestOfPlace, source: NewsSource): boolean {
  const olderBy = newest.openedAt - session.openedAt;
  const underwayMs = newest.gatewayId === source.gatewayId ? 0 : UNDERWAY_MS;
  return olderBy > 0 && olderBy <= source.sentAt - session.openedAt + underwayMs;
}

/** A fenced term's live sessions will be announced: only what is surely over is kicked. */
function openedInThePast(
  device: DeviceSessions,
  source: NewsSource,
  session: SessionFacts,
): SessionStep {
  const lost = { reason: 'gateway-lost', at: source.sentAt } as const;
  if (source.standing === 'retired') return turnAwayPast(device, source, session, lost);
  const holder = findHolder(device, session);
  if (holder === undefined || holder.facts.openedAt <= session.openedAt)
    return tellPast(device, source, session, lost);
  const at = holder.facts.openedAt;
  return turnAwayPast(device, source, session, { reason: 'taken-over', at });
}

function applyAnnounced(
  device: DeviceSessions,
  source: NewsSource,
  session: SessionFacts,
): SessionStep {
  const at = source.sentAt;
  const lost = { reason: 'gateway-lost', at } as const;
  if (source.standing === 'retired') return turnAwayPast(device, source, session, lost);
  if (source.standing === 'fenced') return tellPast(device, source, session, lost);
  const live = findLive(device, session.sessionId);
  if (live !== undefined) return unchanged(carryOver(device, live, source));
  if (session.generation < device.generation)
    return turnAwayPast(device, source, session, { reason: 'deleted', at });
  const born = beginGeneration(device, session.generation, at);
  return andThen(born, (now) => {
    const past = whyPast(now, session);
    return past === null
      ? openSession(now, source, session, at)
      : turnAwayPast(now, source, session, { reason: past, at });
  });
}

/** A session that lived through its gateway's change of term. */
function carryOver(device: DeviceSessions, live: LiveSession, source: NewsSource): DeviceSessions {
  const { gatewayId, incarnation, term } = source;
  const carried = { ...live, gatewayId, incarnation, term };
  return { ...device, live: device.live.map((one) => (one === live ? carried : one)) };
}

/**
 * A session that had an epoch is judged by it, for clocks differ; one that never had any, by its
 * time. null: it may live.
 */
function whyPast(device: DeviceSessions, session: SessionFacts): SessionEnd | null {
  const known = findEnded(device, session.sessionId);
  if (known !== undefined && known.reason !== 'gateway-lost') return known.reason;
  const newest = findNewest(device, session);
  if (newest === undefined) return null;
  if (known === undefined || known.epoch === NO_EPOCH)
    return session.openedAt < newest.openedAt ? 'taken-over' : null;
  return known.sessionId === newest.sessionId ? null : 'taken-over';
}
