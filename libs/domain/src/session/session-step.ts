import type { SessionEnd } from './session-end.ts';
import type {
  DeviceSessions,
  EndedSession,
  LiveSession,
  NewsSource,
  SessionFacts,
  SessionStep,
} from './session.types.ts';

/** Below every epoch that is given: of sessions that were over before they were heard of. */
export const NO_EPOCH = 0;

/** A key that was never heard of, and the shape of one whose sessions have been forgotten. */
export const initialSessions: DeviceSessions = {
  epoch: 0,
  generation: 0,
  live: [],
  ended: [],
  forgotten: [],
  contests: [],
  evidenceAt: null,
};

export function unchanged(device: DeviceSessions): SessionStep {
  return { device, facts: [], commands: [] };
}

/** Goes on from where a step has led. */
export function andThen(
  step: SessionStep,
  next: (device: DeviceSessions) => SessionStep,
): SessionStep {
  const { device, facts, commands } = next(step.device);
  return {
    device,
    facts: [...step.facts, ...facts],
    commands: [...step.commands, ...commands],
  };
}

export function kick(
  device: DeviceSessions,
  target: { readonly sessionId: string; readonly gatewayId: string },
  reason: SessionEnd,
  at: number,
): SessionStep {
  const { sessionId, gatewayId } = target;
  return {
    device,
    facts: [],
    commands: [{ kind: 'kick', sessionId, gatewayId, reason, at }],
  };
}

/** Refuses a session its place: what still holds the socket is to close it. */
export function turnAway(
  device: DeviceSessions,
  source: NewsSource,
  session: SessionFacts,
  reason: SessionEnd,
): SessionStep {
  const target = { sessionId: session.sessionId, gatewayId: source.gatewayId };
  return kick(device, target, reason, source.sentAt);
}

export function findLive(device: DeviceSessions, sessionId: string): LiveSession | undefined {
  return device.live.find(({ facts }) => facts.sessionId === sessionId);
}

export function findEnded(device: DeviceSessions, sessionId: string): EndedSession | undefined {
  return device.ended.find((ended) => ended.sessionId === sessionId);
}

/** Sessions of one place take each other over. */
interface Place {
  readonly unit: string | null;
  readonly http?: true;
}

/** A token of HTTP and a connection may live beside each other: a device may use both. */
export const placeOf = ({ unit, transport }: SessionFacts): Place =>
  transport === 'http' ? { unit, http: true } : { unit };

const isSame = (a: Place, b: Place): boolean => a.unit === b.unit && a.http === b.http;

export function findHolder(device: DeviceSessions, session: SessionFacts): LiveSession | undefined {
  const place = placeOf(session);
  return device.live.find(({ facts }) => isSame(placeOf(facts), place));
}

/**
 * The newest session of a place that is known, live or not. One that was over before it was heard
 * of has no say.
 */
export interface NewestOfPlace {
  readonly sessionId: string;
  readonly gatewayId: string;
  readonly openedAt: number;
}

export function findNewest(
  device: DeviceSessions,
  session: SessionFacts,
): NewestOfPlace | undefined {
  const holder = findHolder(device, session);
  if (holder === undefined) {
    const place = placeOf(session);
    const there = device.ended.filter((one) => isSame(one, place) && one.epoch !== NO_EPOCH);
    return there.sort((a, b) => b.epoch - a.epoch)[0];
  }
  const { sessionId, openedAt } = holder.facts;
  return { sessionId, gatewayId: holder.gatewayId, openedAt };
}
