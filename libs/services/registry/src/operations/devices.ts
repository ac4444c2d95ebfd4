import type { DeviceRef, IdentityHandlers, Outcome } from '@tallystick/application';
import { toDeviceState, type DeviceDocument } from '@tallystick/contracts';
import type { LiveDevice } from '@tallystick/domain';
import type { Call } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { DeviceNames } from './device-names.ts';
import { exact } from './exact.ts';
import type { DeviceOperations, Written } from './operations.types.ts';
import { settle } from './settle.ts';
import type { Presence, RegistryViews } from './views.types.ts';

export interface DeviceOperationsDeps {
  readonly handlers: IdentityHandlers;
  readonly views: RegistryViews;
  readonly names: DeviceNames;
}

type Answer = ReturnType<IdentityHandlers['devices']['enable']>;
type Context = Parameters<IdentityHandlers['devices']['enable']>[1];
type SecretOutcome = Outcome<LiveDevice, { readonly secret: string }>;

const NEVER_SEEN: Presence = { presence: 'offline', clientId: null, epoch: 0, lastSeenAt: null };

/** Of what the stream tells and what the sessions tell. */
export function toDeviceDocument(
  device: LiveDevice,
  revision: number,
  presence: Presence,
): DeviceDocument {
  const state = toDeviceState(device, revision);
  const status = state.lifecycle === 'active' ? presence.presence : state.lifecycle;
  const { clientId, epoch, lastSeenAt } = presence;
  return { ...state, presence: presence.presence, status, clientId, epoch, lastSeenAt };
}

type Render = (outcome: Outcome<LiveDevice, unknown>) => Promise<DeviceDocument>;

function createSecretOperations(
  { handlers: { devices }, names }: DeviceOperationsDeps,
  render: Render,
): Pick<DeviceOperations, 'resetSecret' | 'readSecret'> {
  const renderSecret = async (outcome: SecretOutcome) => ({
    ...(await render(outcome)),
    deviceSecret: outcome.reply.secret,
  });
  return {
    resetSecret: (call, id, { deviceSecret: secret, overlapSeconds }) => {
      const input = exact({ secret, overlapSeconds });
      return names.write(call, id, (ref) =>
        settle(call, (context) => devices.resetSecret(ref, input, context), renderSecret),
      );
    },
    readSecret: (call, id) =>
      names.write(call, id, (ref) =>
        settle(
          call,
          (context) => devices.readSecret(ref, context),
          ({ reply }) => ({ secrets: reply.secrets.map((secret) => ({ ...secret })) }),
        ),
      ),
  };
}

function createReads({ views }: DeviceOperationsDeps): Pick<DeviceOperations, 'list' | 'get'> {
  return {
    list: (call, query) => views.devices(call.tenant, query),
    get: async (call, id) => {
      const device = await views.findDevice(call.tenant, id);
      if (device === null) throw new ProblemError('device-unknown');
      return device;
    },
  };
}

function createRegistration({
  handlers: { devices },
}: DeviceOperationsDeps): Pick<DeviceOperations, 'create'> {
  return {
    create: (call, body) =>
      settle(
        call,
        (context) => devices.register({ ...exact(body), origin: 'api' }, context),
        // A life that has just begun has no sessions.
        ({ state, revision, reply }) => ({
          ...toDeviceDocument(state, revision, NEVER_SEEN),
          deviceSecret: reply.secret,
        }),
      ),
  };
}

export function createDeviceOperations(deps: DeviceOperationsDeps): DeviceOperations {
  const { views, names } = deps;
  const { devices } = deps.handlers;

  const render = async ({ state, revision }: Outcome<LiveDevice, unknown>) => {
    const seen = await views.device(state.tenant, state.deviceId);
    return toDeviceDocument(state, revision, seen ?? NEVER_SEEN);
  };
  const change = (
    call: Call,
    deviceId: string,
    command: (ref: DeviceRef, context: Context) => Answer,
  ): Promise<Written> =>
    names.write(call, deviceId, (ref) => settle(call, (context) => command(ref, context), render));

  return {
    ...createRegistration(deps),
    patch: (call, id, body) =>
      change(call, id, (ref, context) => devices.changeDetails(ref, exact(body), context)),
    disable: (call, id, { reason = null }) =>
      change(call, id, (ref, context) => devices.disable(ref, { reason }, context)),
    enable: (call, id) => change(call, id, devices.enable),
    reset: (call, id) => change(call, id, devices.reset),
    remove: (call, id) =>
      names.write(call, id, (ref) =>
        settle(
          call,
          (context) => devices.remove(ref, context),
          () => null,
        ),
      ),
    ...createReads(deps),
    ...createSecretOperations(deps, render),
  };
}
