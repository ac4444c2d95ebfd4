import { createHash } from 'node:crypto';
import {
  firstInvalid,
  parseDeviceKey,
  parseProductKey,
  type DeviceState,
  type LiveDevice,
  type ReleaseReason,
  type UnitsCommand,
} from '@tallystick/domain';
import { err } from '@tallystick/kernel';
import { deviceUseCase, toAny, toLive, type DeviceRef } from './device-use-case.ts';
import type { Answer, CallContext } from './handlers.types.ts';
import type { Parts } from './parts.ts';

export interface ClaimInput {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly gatewayId: string;
  readonly dialect: string;
}

/** What the unit is sent; the token stands nowhere else but as its SHA-256. */
export interface ClaimReply {
  readonly clientId: string;
  readonly deviceToken: string;
}

export interface ReleaseInput {
  readonly generation: number;
  readonly clientId: string;
  readonly reason: ReleaseReason;
}

type OperatorCommand = Exclude<
  UnitsCommand,
  { type: 'ClaimUnit' | 'ReleaseUnit' | 'ReportConflict' }
>;

function createClaim(parts: Parts) {
  const { ids } = parts;
  return (input: ClaimInput, context: CallContext): Answer<LiveDevice, ClaimReply> => {
    const { productKey, deviceKey } = input;
    const clientId = ids.token(24);
    const deviceToken = ids.token(32);
    const tokenHash = createHash('sha256').update(deviceToken).digest('hex');
    const born = { deviceId: ids.deviceId(), clientId, tokenHash };
    const on = {
      ref: { productKey, deviceKey },
      command: { type: 'ClaimUnit', ...input, ...born },
      byPolicy: true,
      toState: toLive,
      reply: () => ({ clientId, deviceToken }),
    } as const;
    return parts.run(deviceUseCase<LiveDevice, ClaimReply>(parts, context, on), context);
  };
}

export function createUnitHandlers(parts: Parts) {
  const claim = createClaim(parts);
  const operator = (
    ref: DeviceRef,
    command: OperatorCommand,
    context: CallContext,
  ): Answer<LiveDevice, null> => {
    const on = { ref, command, toState: toLive, reply: () => null };
    return parts.run(deviceUseCase(parts, context, on), context);
  };

  return {
    /** A slot for a new unit; its ClientID and token are in the reply. */
    async claim(input: ClaimInput, context: CallContext): Answer<LiveDevice, ClaimReply> {
      const problem = firstInvalid([
        ['productKey', parseProductKey, input.productKey],
        ['deviceKey', parseDeviceKey, input.deviceKey],
      ]);
      return problem === null ? claim(input, context) : err(problem);
    },
    /** Frees a slot; changes nothing where the reason no longer holds. */
    release(ref: DeviceRef, input: ReleaseInput, context: CallContext): Answer<DeviceState, null> {
      const { generation, clientId, reason } = input;
      const command = { type: 'ReleaseUnit', generation, clientId, reason } as const;
      const on = { ref, command, toState: toAny, reply: () => null };
      return parts.run(deviceUseCase(parts, context, on), context);
    },
    switch: (ref: DeviceRef, input: { readonly clientId: string }, context: CallContext) =>
      operator(ref, { type: 'SwitchUnit', clientId: input.clientId }, context),
    clear: (ref: DeviceRef, context: CallContext) => operator(ref, { type: 'ClearUnits' }, context),
    undo: (ref: DeviceRef, context: CallContext) => operator(ref, { type: 'UndoUnits' }, context),
    reopen: (ref: DeviceRef, context: CallContext) =>
      operator(ref, { type: 'ReopenName' }, context),
    purge: (ref: DeviceRef, input: { readonly clientId: string }, context: CallContext) =>
      operator(ref, { type: 'PurgeUnit', clientId: input.clientId }, context),
  };
}

export type UnitHandlers = ReturnType<typeof createUnitHandlers>;
