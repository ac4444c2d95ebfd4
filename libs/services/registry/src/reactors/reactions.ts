import type { Answer, IdentityHandlers } from '@tallystick/application';
import type { ReleaseRequest } from '@tallystick/contracts';
import { isPortError, PortError } from '@tallystick/kernel';
import type { Ids } from '@tallystick/ports';
import type { EndingRegistration, WaitingUnit } from '@tallystick/projections';
import { setAside, type Logger } from '@tallystick/services-edge';
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
  readonly handlers: IdentityHandlers;
  readonly ids: Ids;
  readonly logger: Logger;
}

function createSettle(logger: Logger) {
  return async (what: string, work: Answer<unknown, unknown>): Promise<void> => {
    const answer = await work.catch((error: unknown) => {
      if (!isPortError(error, 'unacceptable')) throw error;
      logger.error(
        { what, why: error.message },
        'a reaction that can never be stored was set aside',
      );
      setAside.add({ what: 'signals' });
      return null;
    });
    if (answer === null || answer.ok) return;
    if (answer.error.code === 'store-unavailable') throw new PortError('unavailable', what);
    logger.info({ what, code: answer.error.code }, 'a reaction was refused');
  };
}

export function createReactions({ handlers, ids, logger }: ReactionsDeps): Reactions {
  const settle = createSettle(logger);
  const byItself = (tenant: string) => {
    const correlationId = ids.uuid();
    return { tenant, actor: 'registry', correlationId, causationId: correlationId };
  };
  const free = (unit: WaitingUnit | PurgedUnit, reason: 'expired' | 'purged'): Promise<void> => {
    const { tenant, generation, clientId } = unit;
    const input = { generation, clientId, reason };
    return settle('a release', handlers.units.release(unit, input, byItself(tenant)));
  };

  return {
    activate: ({ session, method, at }, gatewayId) => {
      const { tenant, productKey, deviceKey, sessionId } = session;
      const { deviceId, generation, dialect, clientId, unit } = session;
      const input = { deviceId, generation, method, dialect, clientId, gatewayId, unit, at };
      const context = gatewayContext(tenant, gatewayId, sessionId);
      const work = handlers.devices.activate({ productKey, deviceKey }, input, context);
      return settle('an activation', work);
    },
    reportConflict: ({ tenant, productKey, deviceKey, generation, clientIds }) => {
      const input = { generation, kind: 'shared-secret', clientIds } as const;
      const context = { ...byItself(tenant), actor: 'session-tracker' };
      const work = handlers.devices.reportConflict({ productKey, deviceKey }, input, context);
      return settle('evidence of a conflict', work);
    },
    release: ({ tenant, productKey, deviceKey, ...input }) => {
      const context = { ...byItself(tenant), actor: 'gateway' };
      return settle('a release', handlers.units.release({ productKey, deviceKey }, input, context));
    },
    expire: (unit) => free(unit, 'expired'),
    expireRegistration: (of) => {
      const work = handlers.devices.expireRegistration(of, of, byItself(of.tenant));
      return settle('the end of a registration', work);
    },
    releasePurged: (unit) => free(unit, 'purged'),
  };
}
