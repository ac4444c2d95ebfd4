import { deviceStream } from '@tallystick/contracts';
import {
  findUnfit,
  firstInvalid,
  parseSecret,
  secretFormOf,
  type DeviceCommand,
  type DeviceState,
  type LiveDevice,
  type Tags,
} from '@tallystick/domain';
import { err } from '@tallystick/kernel';
import { createDelivery } from './delivery.handler.ts';
import {
  deviceUseCase,
  dialectOf,
  toAny,
  toLive,
  type DeviceRef,
  type OnDevice,
} from './device-use-case.ts';
import type { Answer, CallContext } from './handlers.types.ts';
import type { Parts } from './parts.ts';
import { createRegistration, type SecretReply } from './registration.handler.ts';
import { newSecret, showSecrets, type ShownSecret } from './secrets-in-use.ts';

export interface DeviceDetails {
  readonly name?: string | null;
  readonly tags?: Tags;
  readonly registrationTimeoutSeconds?: number | null;
}

export interface ResetSecretInput {
  /** Absent: allocated. */
  readonly secret?: string;
  /** For how long the older one still holds. Default 0. */
  readonly overlapSeconds?: number;
}

export type ActivateInput = Omit<Extract<DeviceCommand, { type: 'ActivateDevice' }>, 'type'>;
export type EvidenceInput = Omit<Extract<DeviceCommand, { type: 'ReportConflict' }>, 'type'>;

/** Which life of a key is meant. */
export interface LifeInput {
  readonly generation: number;
}

type SimpleCommand = Extract<
  DeviceCommand,
  { type: 'DisableDevice' | 'EnableDevice' | 'ResetDevice' | 'ChangeDeviceDetails' }
>;

/** What another tenant's product takes is told to nobody. */
async function ownDialect({ loading }: Parts, { tenant }: CallContext, productKey: string) {
  const { state } = await loading.product(productKey);
  return state.status === 'live' && state.tenant === tenant ? dialectOf(state) : 'auto';
}

/** The new secret is in the reply. */
function createSecretReset(parts: Parts) {
  return async (
    ref: DeviceRef,
    input: ResetSecretInput,
    context: CallContext,
  ): Answer<LiveDevice, SecretReply> => {
    const { productKey } = ref;
    const dialect = await ownDialect(parts, context, productKey);
    const { secret: deviceSecret, overlapSeconds = 0 } = input;
    const problem =
      firstInvalid([['deviceSecret', parseSecret, deviceSecret]]) ??
      findUnfit(dialect, { productKey, deviceSecret });
    if (problem !== null) return err(problem);
    const owner = deviceStream(context.tenant, productKey, ref.deviceKey);
    const fresh = newSecret(parts, owner, deviceSecret, secretFormOf(dialect));
    const { plaintext, secretOrigin, secretId, put } = fresh;
    const secret = { secretOrigin, secretId };
    const command = { type: 'ResetDeviceSecret', secret, overlapSeconds } as const;
    const reply = async (after: LiveDevice) => (await put(after), { secret: plaintext });
    const on = { ref, command, toState: toLive, reply };
    return parts.run(deviceUseCase(parts, context, on), context);
  };
}

/** Shows the secrets once the audit's event is written. */
function createSecretRead(parts: Parts) {
  const { vault, clock } = parts;
  return (
    ref: DeviceRef,
    context: CallContext,
  ): Answer<LiveDevice, { readonly secrets: readonly ShownSecret[] }> => {
    const reply = async ({ secrets }: LiveDevice) => ({
      secrets: await showSecrets(vault, secrets, clock.now()),
    });
    const command = { type: 'ReadSecret' } as const;
    return parts.run(
      deviceUseCase(parts, context, { ref, command, toState: toLive, reply }),
      context,
    );
  };
}

/** Calls that follow something that happened: on a life that is over they change nothing. */
function createReactions(parts: Parts) {
  const reaction = (
    ref: DeviceRef,
    command: DeviceCommand,
    context: CallContext,
    more: Pick<OnDevice<DeviceState, null>, 'byPolicy'> = {},
  ): Answer<DeviceState, null> => {
    const on = { ref, command, ...more, toState: toAny, reply: () => null };
    return parts.run(deviceUseCase(parts, context, on), context);
  };
  return {
    /** From a gateway's signal. */
    activate: (ref: DeviceRef, input: ActivateInput, context: CallContext) =>
      reaction(ref, { type: 'ActivateDevice', ...input }, context),
    /** From sessions that contradict each other. */
    reportConflict: (ref: DeviceRef, input: EvidenceInput, context: CallContext) =>
      reaction(ref, { type: 'ReportConflict', ...input }, context, { byPolicy: true }),
    /** From a sweep: nobody has activated that life in its time. */
    expireRegistration: (ref: DeviceRef, { generation }: LifeInput, context: CallContext) =>
      reaction(ref, { type: 'ExpireRegistration', generation }, context),
  };
}

export function createDeviceHandlers(parts: Parts) {
  const simple = (
    ref: DeviceRef,
    command: SimpleCommand,
    context: CallContext,
  ): Answer<LiveDevice, null> => {
    const on = { ref, command, toState: toLive, reply: () => null };
    return parts.run(deviceUseCase(parts, context, on), context);
  };

  return {
    register: createRegistration(parts),
    changeDetails: (ref: DeviceRef, details: DeviceDetails, context: CallContext) =>
      simple(ref, { type: 'ChangeDeviceDetails', ...details }, context),
    disable: (ref: DeviceRef, input: { readonly reason: string | null }, context: CallContext) =>
      simple(ref, { type: 'DisableDevice', reason: input.reason }, context),
    enable: (ref: DeviceRef, context: CallContext) =>
      simple(ref, { type: 'EnableDevice' }, context),
    reset: (ref: DeviceRef, context: CallContext) => simple(ref, { type: 'ResetDevice' }, context),
    resetSecret: createSecretReset(parts),
    readSecret: createSecretRead(parts),
    deliverSecret: createDelivery(parts),
    ...createReactions(parts),
    remove(ref: DeviceRef, context: CallContext): Answer<DeviceState, null> {
      const command = { type: 'DeleteDevice' } as const;
      const on = { ref, command, toState: toAny, reply: () => null };
      return parts.run(deviceUseCase(parts, context, on), context);
    },
  };
}

export type DeviceHandlers = ReturnType<typeof createDeviceHandlers>;
