import { toRfc3339, type EpochMs } from '@tallystick/kernel';
import { unchanged } from './session-step.ts';
import type {
  Contest,
  DeviceSessions,
  LiveSession,
  SessionCommand,
  SessionStep,
} from './session.types.ts';

const WINDOW_MS = 10 * 60_000;
const CONTESTS = 5;
const QUIET_MS = 60 * 60_000;
const REMEMBERED = 12;

const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':'));

/**
 * Notes a takeover between different ClientIDs at different addresses. Five within ten minutes in
 * which two ClientIDs came back again and again are evidence that two things hold one secret: said
 * once an hour. A ClientID that changes once (some vendors build it from the hour) never comes
 * back.
 */
export function recordContest(
  device: DeviceSessions,
  from: LiveSession,
  to: LiveSession,
  at: EpochMs,
): SessionStep {
  const [a, b] = [from.facts, to.facts];
  if (a.clientId === b.clientId || hostOf(a.remoteAddress) === hostOf(b.remoteAddress))
    return unchanged(device);
  const contest: Contest = {
    from: a.clientId,
    to: b.clientId,
    fromGateway: from.gatewayId,
    toGateway: to.gatewayId,
    at,
  };
  const recent = device.contests.filter((known) => known.at > at - WINDOW_MS);
  const contests = [...recent, contest].slice(-REMEMBERED);
  const quiet = device.evidenceAt !== null && at < device.evidenceAt + QUIET_MS;
  if (quiet || !isPingPong(contests)) return unchanged({ ...device, contests });
  return {
    device: { ...device, contests, evidenceAt: at },
    facts: [],
    commands: [evidenceOf(to, contests, at)],
  };
}

function isPingPong(contests: readonly Contest[]): boolean {
  if (contests.length < CONTESTS) return false;
  const arrivals = new Map<string, number>();
  for (const { to } of contests) arrivals.set(to, (arrivals.get(to) ?? 0) + 1);
  return [...arrivals.values()].filter((times) => times >= 2).length >= 2;
}

function evidenceOf(
  { facts }: LiveSession,
  contests: readonly Contest[],
  at: EpochMs,
): SessionCommand {
  const seen = new Map<string, { first: EpochMs; last: EpochMs; gatewayId: string }>();
  const note = (clientId: string, gatewayId: string, time: EpochMs): void => {
    seen.set(clientId, { first: seen.get(clientId)?.first ?? time, last: time, gatewayId });
  };
  for (const contest of contests) {
    note(contest.from, contest.fromGateway, contest.at);
    note(contest.to, contest.toGateway, contest.at);
  }
  const { tenant, productKey, deviceKey, generation } = facts;
  const clientIds = [...seen].map(([clientId, { first, last, gatewayId }]) => ({
    clientId,
    firstSeenAt: toRfc3339(first),
    lastSeenAt: toRfc3339(last),
    gatewayId,
  }));
  return { kind: 'conflict-evidence', tenant, productKey, deviceKey, generation, clientIds, at };
}
