import type {
  CreateDeviceBody,
  DeviceDocument,
  DisableDeviceBody,
  ExplainEntryDocument,
  PatchDeviceBody,
  ResetDeviceSecretBody,
  SessionDocument,
  TimelineEntryDocument,
} from '@tallystick/contracts';
import type { DeviceListQuery, GetQuery, UnitQuery } from '../http/query.schemas.ts';
import type { Listing, Page } from '../operations/operations.types.ts';
import { onRead, onWrite, Read, Write } from './intent.ts';

export class CreateDevice extends Write<null, CreateDeviceBody> {}
export class PatchDevice extends Write<string, PatchDeviceBody> {}
export class DeleteDevice extends Write<string, null> {}
export class DisableDevice extends Write<string, DisableDeviceBody> {}
export class EnableDevice extends Write<string, null> {}
export class ResetDevice extends Write<string, null> {}
export class ResetDeviceSecret extends Write<string, ResetDeviceSecretBody> {}
export class ReadDeviceSecret extends Write<string, GetQuery> {}
export class EndSession extends Write<string, null> {}
export class ListDevices extends Read<null, DeviceListQuery, Page<DeviceDocument>> {}
export class GetDevice extends Read<string, GetQuery, DeviceDocument> {}
export class GetTimeline extends Read<string, UnitQuery, Listing<TimelineEntryDocument>> {}
export class ExplainDevice extends Read<string, UnitQuery, Listing<ExplainEntryDocument>> {}
export class ListSessions extends Read<string, UnitQuery, Listing<SessionDocument>> {}

export const DEVICE_HANDLERS = [
  onWrite(CreateDevice, ({ devices }, { call, body }) => devices.create(call, body)),
  onWrite(PatchDevice, ({ devices }, { call, target, body }) => devices.patch(call, target, body)),
  onWrite(DeleteDevice, ({ devices }, { call, target }) => devices.remove(call, target)),
  onWrite(DisableDevice, ({ devices }, { call, target, body }) =>
    devices.disable(call, target, body),
  ),
  onWrite(EnableDevice, ({ devices }, { call, target }) => devices.enable(call, target)),
  onWrite(ResetDevice, ({ devices }, { call, target }) => devices.reset(call, target)),
  onWrite(ResetDeviceSecret, ({ devices }, { call, target, body }) =>
    devices.resetSecret(call, target, body),
  ),
  onWrite(ReadDeviceSecret, async ({ devices, views }, { call, target, body }) => {
    if (body.after !== undefined) await views.reach(body.after);
    return devices.readSecret(call, target);
  }),
  onWrite(EndSession, ({ history }, { call, target }) => history.endSession(call, target)),
  onRead(ListDevices, ({ devices }, { call, asked }) => devices.list(call, asked)),
  onRead(GetDevice, ({ devices }, { call, target }) => devices.get(call, target)),
  onRead(GetTimeline, ({ history }, { call, target, asked }) =>
    history.timeline(call, target, asked.clientId),
  ),
  onRead(ExplainDevice, ({ history }, { call, target, asked }) =>
    history.explain(call, target, asked.clientId),
  ),
  onRead(ListSessions, ({ history }, { call, target, asked }) =>
    history.sessions(call, target, asked.clientId),
  ),
];
