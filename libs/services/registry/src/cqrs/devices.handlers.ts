import { CommandHandler, QueryHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext, DeviceRef, Outcome } from '@tallystick/application';
import {
  toDeviceState,
  type CreateDeviceBody,
  type DeviceDocument,
  type DisableDeviceBody,
  type PatchDeviceBody,
} from '@tallystick/contracts';
import type { LiveDevice } from '@tallystick/domain';
import type { Written } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { DeviceListQuery, GetQuery } from '../http/query.schemas.ts';
import { Handler, type HandlerParts } from './handler.ts';
import { DEFAULT_LIMIT, type Page, pageOf, Read, ReadHandler } from './read.ts';
import { ChangeHandler, type OfDevice } from './change.ts';
import { exact, settle, tellSecret, Write } from './write.ts';

export class CreateDevice extends Write<CreateDeviceBody> {}
export class PatchDevice extends Write<OfDevice & { readonly details: PatchDeviceBody }> {}
export class DisableDevice extends Write<OfDevice & DisableDeviceBody> {}
export class EnableDevice extends Write<OfDevice> {}
export class ResetDevice extends Write<OfDevice> {}
export class DeleteDevice extends Write<OfDevice> {}
export class ListDevices extends Read<DeviceListQuery, Page<DeviceDocument>> {}
export class GetDevice extends Read<OfDevice & GetQuery, DeviceDocument> {}

type Presence = Pick<DeviceDocument, 'presence' | 'clientId' | 'epoch' | 'lastSeenAt'>;

const NEVER_SEEN: Presence = { presence: 'offline', clientId: null, epoch: 0, lastSeenAt: null };
/** Puts together what the stream and the sessions say of the device. */
function toDeviceDocument(
  device: LiveDevice,
  revision: number,
  presence: Presence,
): DeviceDocument {
  const state = toDeviceState(device, revision);
  const status = state.lifecycle === 'active' ? presence.presence : state.lifecycle;
  const { clientId, epoch, lastSeenAt } = presence;
  return { ...state, presence: presence.presence, status, clientId, epoch, lastSeenAt };
}

/** The device after a command, with what its sessions tell. */
export async function renderDevice(
  { views }: Pick<HandlerParts, 'views'>,
  { state, revision }: Outcome<LiveDevice, unknown>,
): Promise<DeviceDocument> {
  const seen = await views.findDevice(state.tenant, state.deviceId);
  return toDeviceDocument(state, revision, seen ?? NEVER_SEEN);
}

/** Changes one device and answers with it. */
abstract class DeviceChange<W extends Write<OfDevice>> extends ChangeHandler<W> {
  protected render(outcome: Outcome<LiveDevice, null>): Promise<DeviceDocument> {
    return renderDevice(this.parts, outcome);
  }
}

@CommandHandler(CreateDevice)
export class CreateDeviceHandler extends Handler implements ICommandHandler<CreateDevice> {
  execute({ call, input }: CreateDevice): Promise<Written> {
    const { devices } = this.parts.identity;
    const settled = settle(
      call,
      (context) => devices.register({ ...exact(input), origin: 'api' }, context),
      // A life that has just begun has no sessions.
      ({ state, revision, reply }) => ({
        ...toDeviceDocument(state, revision, NEVER_SEEN),
        deviceSecret: reply.secret,
      }),
    );
    return tellSecret(this.parts, call, settled, 'deviceId');
  }
}

@CommandHandler(PatchDevice)
export class PatchDeviceHandler extends DeviceChange<PatchDevice> {
  protected change(ref: DeviceRef, { details }: PatchDevice['input'], context: CallContext) {
    return this.parts.identity.devices.changeDetails(ref, exact(details), context);
  }
}

@CommandHandler(DisableDevice)
export class DisableDeviceHandler extends DeviceChange<DisableDevice> {
  protected change(ref: DeviceRef, input: DisableDevice['input'], context: CallContext) {
    const { reason = null } = input;
    return this.parts.identity.devices.disable(ref, { reason }, context);
  }
}

@CommandHandler(EnableDevice)
export class EnableDeviceHandler extends DeviceChange<EnableDevice> {
  protected change(ref: DeviceRef, _: OfDevice, context: CallContext) {
    return this.parts.identity.devices.enable(ref, context);
  }
}

@CommandHandler(ResetDevice)
export class ResetDeviceHandler extends DeviceChange<ResetDevice> {
  protected change(ref: DeviceRef, _: OfDevice, context: CallContext) {
    return this.parts.identity.devices.reset(ref, context);
  }
}

@CommandHandler(DeleteDevice)
export class DeleteDeviceHandler extends Handler implements ICommandHandler<DeleteDevice> {
  execute({ call, input }: DeleteDevice): Promise<Written> {
    const { names, identity } = this.parts;
    return names.write(call, input.deviceId, (ref) =>
      settle(
        call,
        (context) => identity.devices.remove(ref, context),
        () => null,
      ),
    );
  }
}

@QueryHandler(ListDevices)
export class ListDevicesHandler extends ReadHandler<ListDevices, Page<DeviceDocument>> {
  protected async read({ call: { tenant }, input }: ListDevices) {
    const { productKey, deviceKey, q, status, tag, limit = DEFAULT_LIMIT, cursor } = input;
    const filter = { tenant, ...exact({ productKey, deviceKey, q, status }), tags: tag };
    return pageOf(await this.parts.views.listDevices(filter, limit, cursor));
  }
}

@QueryHandler(GetDevice)
export class GetDeviceHandler extends ReadHandler<GetDevice, DeviceDocument> {
  protected read({ call, input }: GetDevice) {
    return loadDevice(this.parts, call.tenant, input.deviceId);
  }
}

/** As the view shows it. ProblemError `device-unknown`. */
export async function loadDevice(
  { views }: Pick<HandlerParts, 'views'>,
  tenant: string,
  deviceId: string,
): Promise<DeviceDocument> {
  const device = await views.surely(() => views.findDevice(tenant, deviceId));
  if (device === null) throw new ProblemError('device-unknown');
  return device;
}

export const DEVICE_HANDLERS = [
  ...[CreateDeviceHandler, PatchDeviceHandler, DeleteDeviceHandler],
  ...[DisableDeviceHandler, EnableDeviceHandler, ResetDeviceHandler],
  ...[ListDevicesHandler, GetDeviceHandler],
];
