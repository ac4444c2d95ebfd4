import { assertNever } from '@tallystick/kernel';
import { applyClosed } from './apply-closed.ts';
import { beginGeneration, remember } from './close-session.ts';
import { openSession } from './open-session.ts';
import {
  andThen,
  findEnded,
  findHolder,
  findLive,
  findNewest,
  turnAway,
  unchanged,
  type NewestOfUnit,
} from './session-step.ts';
import type {
  DeviceSessions,
  LiveSession,
  NewsSource,
  SessionEnd,
  SessionFacts,
  SessionNews,
  SessionStep,
} from './session.types.ts';

/** How much longer than it waited in its gateway a piece of news may have been underway. */
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
  if (source.standing !== 'current') return openedInThePast(device, source, session);
  if (findEnded(device, sessionId) !== undefined) return unchanged(device);
  if (session.generation < device.generation) return turnAway(device, source, session, 'deleted');
  const born = beginGeneration(device, session.generation, session.openedAt);
  return andThen(born, (now) => {
    const newest = findNewest(now, session.unit);
    return newest !== undefined && isLate(session, newest, source)
      ? overtaken(now, source, session)
      : openSession(now, source, session, session.openedAt);
  });
}

/**
 * The log's order is the order of sessions, unless the time that the news was underway explains why an older session is
 * heard of after a newer one: gateways pack, spool, and send twice. A greater difference is a clock that is wrong.
 * One gateway's records never overtake each other: there nothing was underway for longer than the record says.
 */
function isLate(session: SessionFacts, newest: NewestOfUnit, source: NewsSource): boolean {
  const olderBy = newest.openedAt - session.openedAt;
  const underwayMs = newest.gatewayId === source.gatewayId ? 0 : UNDERWAY_MS;
  return olderBy > 0 && olderBy <= source.sentAt - session.openedAt + underwayMs;
}

/** It was over before it was heard of: nobody saw it online, and its socket is to go. */
function overtaken(
  device: DeviceSessions,
  source: NewsSource,
  { sessionId, unit, openedAt }: SessionFacts,
): SessionStep {
  const { gatewayId } = source;
  // Under no epoch of its own: it stays older than all that were opened.
  const ended = { sessionId, unit, epoch: 0, gatewayId, openedAt, reason: 'taken-over' } as const;
  const target = { sessionId, gatewayId };
  return {
    device: remember(device, ended),
    facts: [],
    commands: [{ kind: 'kick', ...target, reason: 'taken-over', at: source.sentAt }],
  };
}

/** A fenced term's live sessions will be announced: only what is surely over is kicked. */
function openedInThePast(
  device: DeviceSessions,
  source: NewsSource,
  session: SessionFacts,
): SessionStep {
  if (source.standing === 'retired') return turnAway(device, source, session, 'gateway-lost');
  const holder = findHolder(device, session.unit);
  return holder !== undefined && holder.facts.openedAt > session.openedAt
    ? turnAway(device, source, session, 'taken-over')
    : unchanged(device);
}

function applyAnnounced(
  device: DeviceSessions,
  source: NewsSource,
  session: SessionFacts,
): SessionStep {
  if (source.standing === 'retired') return turnAway(device, source, session, 'gateway-lost');
  if (source.standing === 'fenced') return unchanged(device);
  const live = findLive(device, session.sessionId);
  if (live !== undefined) return unchanged(carryOver(device, live, source));
  if (session.generation < device.generation) return turnAway(device, source, session, 'deleted');
  const born = beginGeneration(device, session.generation, source.sentAt);
  return andThen(born, (now) => {
    const past = whyPast(now, session);
    return past === null
      ? openSession(now, source, session, source.sentAt)
      : turnAway(now, source, session, past);
  });
}

/** A session that lived through its gateway's change of term. */
function carryOver(device: DeviceSessions, live: LiveSession, source: NewsSource): DeviceSessions {
  const { gatewayId, incarnation, term } = source;
  const carried = { ...live, gatewayId, incarnation, term };
  return { ...device, live: device.live.map((one) => (one === live ? carried : one)) };
}

/** A known session is judged by its epoch, for clocks differ; one never heard of by its time. null: it may live. */
function whyPast(device: DeviceSessions, session: SessionFacts): SessionEnd | null {
  const newest = findNewest(device, session.unit);
  if (newest === undefined) return null;
  const known = findEnded(device, session.sessionId);
  if (known === undefined) return session.openedAt < newest.openedAt ? 'taken-over' : null;
  if (known.sessionId !== newest.sessionId) return 'taken-over';
  return known.reason === 'gateway-lost' ? null : known.reason;
}
