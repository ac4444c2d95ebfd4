import type { ReleaseRequest } from '@tallystick/contracts';
import type { Ids } from '@tallystick/ports';
import type { EndingRegistration, WaitingUnit } from '@tallystick/projections';
import {
  ActivateDevice,
  ExpireRegistration,
  ReleaseUnit,
  ReportConflict,
  type Reaction,
} from '../cqrs/reactions.handlers.ts';
import { gatewayContext } from '../internal/claim-unit.ts';
import type { Activation } from './activations.reactor.ts';
import type { Evidence } from './evidence.reactor.ts';
import type { PurgedUnit } from './purges.ts';

/**
 * Commands that follow what happened elsewhere. A store that is away is thrown, so that what
 * happened is told again.
 */
export interface Reactions {
  activate(activation: Activation, gatewayId: string): Promise<void>;
  reportConflict(evidence: Evidence): Promise<void>;
  release(request: ReleaseRequest): Promise<void>;
  expire(unit: WaitingUnit): Promise<void>;
  expireRegistration(of: EndingRegistration): Promise<void>;
  releasePurged(unit: PurgedUnit): Promise<void>;
}

export interface ReactionsDeps {
  readonly ids: Ids;
  /** The command bus. */
  readonly send: (reaction: Reaction<unknown>) => Promise<void>;
}

/** As the audit names what a registry does by itself. */
export const SYSTEM_ACTOR = 'system:registry';

export function createReactions({ ids, send }: ReactionsDeps): Reactions {
  const byItself = (tenant: string, action: string) => {
    const correlationId = ids.uuid();
    const origin = { action, address: null };
    return { tenant, actor: SYSTEM_ACTOR, correlationId, causationId: correlationId, origin };
  };
  const free = (unit: WaitingUnit | PurgedUnit, reason: 'expired' | 'purged'): Promise<void> => {
    const { tenant, generation, clientId } = unit;
    return send(
      new ReleaseUnit(unit, { generation, clientId, reason }, byItself(tenant, 'releaseUnit')),
    );
  };

  return {
    activate: ({ session, method, at }, gatewayId) => {
      const { tenant, productKey, deviceKey, sessionId } = session;
      const { deviceId, generation, dialect, clientId, secretVersion, unit } = session;
      const how = { method, dialect, clientId, gatewayId, secretVersion, unit };
      const input = { deviceId, generation, ...how, at };
      const context = gatewayContext(tenant, gatewayId, sessionId);
      return send(new ActivateDevice({ productKey, deviceKey }, input, context));
    },
    reportConflict: ({ tenant, productKey, deviceKey, generation, clientIds }) => {
      const input = { generation, kind: 'shared-secret', clientIds } as const;
      // Evidence changes nothing: the timeline has it, the audit does not.
      const { origin: _, ...by } = byItself(tenant, 'reportConflict');
      const context = { ...by, actor: 'session-tracker' };
      return send(new ReportConflict({ productKey, deviceKey }, input, context));
    },
    release: ({ tenant, productKey, deviceKey, ...input }) => {
      const context = { ...byItself(tenant, 'releaseUnit'), actor: 'system:auth-gateway' };
      return send(new ReleaseUnit({ productKey, deviceKey }, input, context));
    },
    expire: (unit) => free(unit, 'expired'),
    expireRegistration: (of) =>
      send(new ExpireRegistration(of, of, byItself(of.tenant, 'expireRegistration'))),
    releasePurged: (unit) => free(unit, 'purged'),
  };
}
