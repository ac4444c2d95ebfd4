import { applySignal } from './apply-signal.ts';
import { closeLeft } from './close-session.ts';
import { initialSessions } from './session-step.ts';
import type { SessionEnd } from './session-end.ts';
import type {
  DeviceSessions,
  NewsSource,
  SessionCommand,
  SessionFacts,
  SessionNews,
  SessionStep,
} from './session.types.ts';

/** A session that came up at `openedAt`, for specs. */
export function sessionOf(
  sessionId: string,
  openedAt: number,
  given: Partial<SessionFacts> = {},
): SessionFacts {
  return {
    sessionId,
    tenant: 'default',
    productKey: 'pk',
    deviceKey: 'dk',
    deviceId: 'dv_1',
    generation: 1,
    unit: null,
    clientId: 'client',
    transport: 'tcp',
    dialect: 'alibaba',
    remoteAddress: '192.0.2.1:5000',
    secretVersion: 1,
    openedAt,
    ...given,
  };
}

export function from(gatewayId: string, given: Partial<NewsSource> = {}): NewsSource {
  return {
    gatewayId,
    incarnation: `${gatewayId}-1`,
    term: 1,
    sentAt: 1_000,
    standing: 'current',
    ...given,
  };
}

export const opened = (session: SessionFacts): SessionNews => ({ type: 'opened', session });

export const announced = (session: SessionFacts): SessionNews => ({ type: 'announced', session });

export const closed = (session: SessionFacts, at: number, reason: SessionEnd): SessionNews => ({
  type: 'closed',
  session,
  reason,
  at,
});

/** Folds news after news; the facts and commands are those of the last one. */
export function told(
  news: readonly (readonly [NewsSource, SessionNews])[],
  given: DeviceSessions = initialSessions,
): SessionStep {
  let step: SessionStep = { device: given, facts: [], commands: [] };
  for (const [source, one] of news) step = applySignal(step.device, source, one);
  return step;
}

/** And then nothing more is heard for a while. */
export function settled(step: SessionStep): SessionStep {
  const late = closeLeft(step.device, () => true);
  return {
    device: late.device,
    facts: [...step.facts, ...late.facts],
    commands: [...step.commands, ...late.commands],
  };
}

/** `Type session epoch [reason]`, in order. */
export function said(step: SessionStep): string[] {
  return step.facts.map((fact) => {
    const words = [fact.type, fact.session.facts.sessionId, String(fact.session.epoch)];
    if ('reason' in fact) words.push(fact.reason);
    return words.join(' ');
  });
}

/** `session@gateway reason` of each kick. */
export function kicks(commands: readonly SessionCommand[]): string[] {
  return commands.flatMap((command) =>
    command.kind === 'kick' ? [`${command.sessionId}@${command.gatewayId} ${command.reason}`] : [],
  );
}
