import { CommandHandler, QueryHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext, DeviceRef, Outcome } from '@tallystick/application';
import type { SwitchUnitBody, UnitDocument, UnitsDocument } from '@tallystick/contracts';
import type { LiveDevice, Unit } from '@tallystick/domain';
import { toRfc3339 } from '@tallystick/kernel';
import type { ClientIdEntry } from '@tallystick/projections';
import type { Written } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { GetQuery } from '../http/query.schemas.ts';
import { ChangeHandler, type OfDevice } from './change.ts';
import { loadDevice } from './devices.handlers.ts';
import { Handler, type HandlerParts } from './handler.ts';
import { Read, ReadHandler } from './read.ts';
import { settle, Write } from './write.ts';

export class SwitchUnit extends Write<OfDevice & SwitchUnitBody> {}
export class ClearUnits extends Write<OfDevice> {}
export class UndoUnits extends Write<OfDevice> {}
export class ReopenName extends Write<OfDevice> {}
export class PurgeUnit extends Write<OfDevice & { readonly clientId: string }> {}
export class ListUnits extends Read<OfDevice & GetQuery, UnitsDocument> {}

function toUnit(unit: Unit, entries: readonly ClientIdEntry[]): UnitDocument {
  const seen = entries.find(({ clientId }) => clientId === unit.clientId);
  return {
    clientId: unit.clientId,
    state: unit.state,
    claimedAt: toRfc3339(unit.claimedAt),
    firstConnectedAt:
      seen?.firstConnectedAt ?? (unit.activatedAt === null ? null : toRfc3339(unit.activatedAt)),
    lastConnectedAt: seen?.lastConnectedAt ?? null,
    connected: seen?.connected ?? false,
  };
}

/** The units of a device: what its stream tells, with what their sessions tell. */
async function renderUnits(
  { identity, views }: HandlerParts,
  { tenant, deviceId, productKey, units: slots }: LiveDevice,
): Promise<UnitsDocument> {
  const [product, entries] = await Promise.all([
    identity.loading.product(productKey),
    views.listClientIds(tenant, deviceId),
  ]);
  return {
    capacity: product.state.status === 'live' ? product.state.maxUnits : 0,
    used: slots.units.length,
    open: slots.open,
    data: slots.units.map((unit) => toUnit(unit, entries ?? [])),
  };
}

/** Changes the units of one device and answers with them. */
abstract class UnitsChange<W extends Write<OfDevice>> extends ChangeHandler<W> {
  protected render({ state }: Outcome<LiveDevice, null>): Promise<UnitsDocument> {
    return renderUnits(this.parts, state);
  }
}

@CommandHandler(SwitchUnit)
export class SwitchUnitHandler extends UnitsChange<SwitchUnit> {
  protected change(ref: DeviceRef, { clientId }: SwitchUnit['input'], context: CallContext) {
    return this.parts.identity.units.switch(ref, { clientId }, context);
  }
}

@CommandHandler(ClearUnits)
export class ClearUnitsHandler extends UnitsChange<ClearUnits> {
  protected change(ref: DeviceRef, _: OfDevice, context: CallContext) {
    return this.parts.identity.units.clear(ref, context);
  }
}

@CommandHandler(UndoUnits)
export class UndoUnitsHandler extends UnitsChange<UndoUnits> {
  protected change(ref: DeviceRef, _: OfDevice, context: CallContext) {
    return this.parts.identity.units.undo(ref, context);
  }
}

@CommandHandler(ReopenName)
export class ReopenNameHandler extends UnitsChange<ReopenName> {
  protected change(ref: DeviceRef, _: OfDevice, context: CallContext) {
    return this.parts.identity.units.reopen(ref, context);
  }
}

@CommandHandler(PurgeUnit)
export class PurgeUnitHandler extends Handler implements ICommandHandler<PurgeUnit> {
  execute({ call, input: { deviceId, clientId } }: PurgeUnit): Promise<Written> {
    const { names, identity, followPurge } = this.parts;
    return names.write(call, deviceId, async (ref) => {
      const purge = async (context: CallContext) => {
        const answer = await identity.units.purge(ref, { clientId }, context);
        if (!answer.ok) return answer;
        const { tenant, productKey, deviceKey, generation } = answer.value.state;
        followPurge({ tenant, productKey, deviceKey, generation, clientId });
        return answer;
      };
      return settle(call, purge, () => null);
    });
  }
}

@QueryHandler(ListUnits)
export class ListUnitsHandler extends ReadHandler<ListUnits, UnitsDocument> {
  protected async read({ call: { tenant }, input: { deviceId } }: ListUnits) {
    const { productKey, deviceKey } = await loadDevice(this.parts, tenant, deviceId);
    const { state } = await this.parts.identity.loading.device(tenant, productKey, deviceKey);
    if (state.status === 'absent' || state.deviceId !== deviceId)
      throw new ProblemError('device-unknown');
    return renderUnits(this.parts, state);
  }
}

export const UNIT_HANDLERS = [
  ...[SwitchUnitHandler, ClearUnitsHandler, UndoUnitsHandler, ReopenNameHandler],
  ...[PurgeUnitHandler, ListUnitsHandler],
];
