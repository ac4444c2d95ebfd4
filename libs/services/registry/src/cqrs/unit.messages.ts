import type {
  EffectsDocument,
  GatewayDocument,
  SwitchUnitBody,
  UnitsDocument,
} from '@tallystick/contracts';
import type { EffectsQuery, GetQuery } from '../http/query.schemas.ts';
import type { Listing } from '../operations/operations.types.ts';
import { onRead, onWrite, Read, Write } from './intent.ts';

export interface UnitName {
  readonly deviceId: string;
  readonly clientId: string;
}

export class SwitchUnit extends Write<string, SwitchUnitBody> {}
export class ClearUnits extends Write<string, null> {}
export class UndoUnits extends Write<string, null> {}
export class ReopenName extends Write<string, null> {}
export class PurgeUnit extends Write<UnitName, null> {}
export class ListUnits extends Read<string, GetQuery, UnitsDocument> {}
export class RetireGateway extends Write<string, null> {}
export class GetEffects extends Read<number, EffectsQuery, EffectsDocument> {}
export class ListGateways extends Read<null, GetQuery, Listing<GatewayDocument>> {}

export const UNIT_HANDLERS = [
  onWrite(SwitchUnit, ({ units }, { call, target, body }) => units.switch(call, target, body)),
  onWrite(ClearUnits, ({ units }, { call, target }) => units.clear(call, target)),
  onWrite(UndoUnits, ({ units }, { call, target }) => units.undo(call, target)),
  onWrite(ReopenName, ({ units }, { call, target }) => units.reopen(call, target)),
  onWrite(PurgeUnit, ({ units }, { call, target }) =>
    units.purge(call, target.deviceId, target.clientId),
  ),
  onRead(ListUnits, ({ units }, { call, target }) => units.list(call, target)),
  onRead(GetEffects, ({ effects }, { target, asked }) => effects.of(target, asked.wait ?? 0)),
  onWrite(RetireGateway, ({ effects }, { call, target }) => effects.retire(call, target)),
  onRead(ListGateways, ({ effects }) => effects.gateways()),
];
