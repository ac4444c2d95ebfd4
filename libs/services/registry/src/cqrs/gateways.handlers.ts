import { CommandHandler, QueryHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  encodeJson,
  TOPICS,
  type EffectsDocument,
  type GatewayDocument,
  type GatewayRetired,
} from '@tallystick/contracts';
import { isPortError } from '@tallystick/kernel';
import { audited, toAuditEntry } from '../audit/audit-entry.ts';
import { isInstallationAdmin } from '../http/caller.ts';
import type { Written } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { EffectsQuery, GetQuery } from '../http/query.schemas.ts';
import { Handler, type HandlerParts } from './handler.ts';
import { type Listing, Read, ReadHandler } from './read.ts';
import { settle, Write } from './write.ts';

export class GetEffects extends Read<
  { readonly position: number } & EffectsQuery,
  EffectsDocument
> {}
export class ListGateways extends Read<GetQuery, Listing<GatewayDocument>> {}
export class RetireGateway extends Write<{ readonly gatewayId: string }> {}

/** A published record must be read back within this time. */
const READ_BACK_MS = 5_000;

/** Tells every registry, this one too: the bus keeps it as long as the gateway's reports. */
async function tellRetired(parts: HandlerParts, gatewayId: string): Promise<void> {
  const { publish, tracker, clock } = parts;
  const retired: GatewayRetired = { kind: 'retired', gatewayId, at: clock.now() };
  const record = { topic: TOPICS.gateways, key: gatewayId, value: encodeJson(retired) };
  try {
    await publish([{ ...record, headers: {} }]);
  } catch (error) {
    throw isPortError(error) ? new ProblemError('bus-unavailable') : error;
  }
  const standing = () => tracker.history.standing(gatewayId, clock.now());
  await tracker.waitUntil(() => standing() !== 'gone', READ_BACK_MS);
  if (standing() === 'alive') throw new ProblemError('gateway-alive');
  if (standing() === 'gone') throw new ProblemError('bus-unavailable');
}

@QueryHandler(GetEffects)
export class GetEffectsHandler extends ReadHandler<GetEffects, EffectsDocument> {
  protected async read({ call, input: { position, wait = 0 } }: GetEffects) {
    const { tenant, caller } = call;
    const asking = { tenant, ofInstallation: isInstallationAdmin(caller) };
    const answer = await this.parts.effects.of(position, asking, wait * 1_000);
    if (answer === null) throw new ProblemError('position-unknown');
    return answer;
  }
}

@QueryHandler(ListGateways)
export class ListGatewaysHandler extends ReadHandler<ListGateways, Listing<GatewayDocument>> {
  protected async read({ call }: ListGateways) {
    const { tracker, clock } = this.parts;
    return { data: tracker.history.gateways(clock.now(), call.tenant) };
  }
}

@CommandHandler(RetireGateway)
export class RetireGatewayHandler extends Handler implements ICommandHandler<RetireGateway> {
  async execute({ call, input: { gatewayId } }: RetireGateway): Promise<Written> {
    const { tracker, clock, store, identity } = this.parts;
    // A gateway has no revision that the caller could have seen.
    if (call.ifMatch !== null) throw new ProblemError('stale-revision');
    const retire = async (): Promise<number> => {
      // What its reports say of its lease is not known then.
      if (!tracker.busReachable()) throw new ProblemError('bus-unavailable');
      const standing = tracker.history.standing(gatewayId, clock.now());
      if (standing === 'unknown') throw new ProblemError('gateway-unknown');
      if (standing === 'alive') throw new ProblemError('gateway-alive');
      const entry = toAuditEntry(call, clock.now(), gatewayId);
      await audited(this.parts, entry, () => tellRetired(this.parts, gatewayId));
      return store.head();
    };
    const written = await settle(
      call,
      (context) => identity.once(retire, context),
      () => null,
    );
    return { ...written, revision: null };
  }
}

export const GATEWAY_HANDLERS = [GetEffectsHandler, ListGatewaysHandler, RetireGatewayHandler];
