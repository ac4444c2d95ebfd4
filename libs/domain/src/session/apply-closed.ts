import { closeSession } from './close-session.ts';
import { tellPast } from './past-session.ts';
import { findLive, unchanged } from './session-step.ts';
import type { SessionEnd } from './session-end.ts';
import type {
  DeviceSessions,
  LiveSession,
  NewsSource,
  SessionNews,
  SessionStep,
} from './session.types.ts';

/** What a gateway says of a session's end. */
export function applyClosed(
  device: DeviceSessions,
  source: NewsSource,
  news: Extract<SessionNews, { type: 'closed' }>,
): SessionStep {
  const live = findLive(device, news.session.sessionId);
  if (live === undefined) return closedUnheard(device, source, news);
  if (source.standing !== 'current') return unchanged(device);
  if (live.supersededAt !== null || live.left !== null) return unchanged(device);
  const { reason, at } = news;
  // The same gateway will report the new session next: there is no DeviceOffline in between.
  if (reason === 'taken-over') return unchanged(mark(device, live, { supersededAt: at }));
  // The device may have gone to another gateway, whose report is still on its way.
  if (isMove(reason)) return unchanged(mark(device, live, { left: { reason, at } }));
  return closeSession(device, live, reason, at);
}

/**
 * The record of its opening was lost, so the opening and the end are published together. The
 * sessions of an older life were published when that life ended.
 */
function closedUnheard(
  device: DeviceSessions,
  source: NewsSource,
  { session, reason, at }: Extract<SessionNews, { type: 'closed' }>,
): SessionStep {
  if (session.generation < device.generation) return unchanged(device);
  return tellPast(device, source, session, { reason, at });
}

/** What a device does that goes elsewhere. */
function isMove(reason: SessionEnd): boolean {
  return reason === 'client' || reason === 'connection-lost';
}

function mark(
  device: DeviceSessions,
  session: LiveSession,
  how: Partial<Pick<LiveSession, 'supersededAt' | 'left'>>,
): DeviceSessions {
  const marked = { ...session, ...how };
  return { ...device, live: device.live.map((one) => (one === session ? marked : one)) };
}
