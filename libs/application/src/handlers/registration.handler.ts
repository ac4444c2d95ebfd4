import { deviceIdStream, deviceStream } from '@tallystick/contracts';
import {
  firstInvalid,
  evolveDevice,
  initialDevice,
  parseDeviceId,
  parseDeviceKey,
  parseProductKey,
  parseSecret,
  type DeviceCommand,
  type DeviceIdEvent,
  type DeviceOrigin,
  type DeviceState,
  type LiveDevice,
  type Tags,
} from '@tallystick/domain';
import { err } from '@tallystick/kernel';
import type { StreamAppend } from '@tallystick/ports';
import { checkOf, decideByPolicy, deviceAppend, refuse, toLive } from './device-use-case.ts';
import { toNewEvents, type Step, type UseCase } from './execution.ts';
import type { Answer, CallContext } from './handlers.types.ts';
import { UNWRITTEN, type Loaded } from './stream-states.ts';
import type { Parts } from './parts.ts';
import { newSecret, type NewSecret } from './secrets-in-use.ts';

export interface RegisterDeviceInput {
  readonly productKey: string;
  /** Absent: allocated. */
  readonly deviceKey?: string;
  readonly deviceId?: string;
  readonly deviceSecret?: string;
  readonly name?: string | null;
  readonly tags?: Tags;
  readonly registrationTimeoutSeconds?: number | null;
  readonly origin: Exclude<DeviceOrigin, 'claim'>;
}

export interface SecretReply {
  /** In the clear; shown now and under secrets:read alone. */
  readonly secret: string;
}

type Register = Extract<DeviceCommand, { type: 'RegisterDevice' }>;
type Device = Loaded<DeviceState>;

function toCommand(input: RegisterDeviceInput, { ids }: Parts, secret: NewSecret, key: string) {
  const { secretOrigin, secretId } = secret;
  return {
    type: 'RegisterDevice',
    productKey: input.productKey,
    deviceKey: key,
    deviceId: input.deviceId ?? ids.deviceId(),
    origin: input.origin,
    secret: { secretOrigin, secretId },
    registrationTimeoutSeconds: input.registrationTimeoutSeconds ?? null,
    name: input.name ?? null,
    tags: input.tags ?? {},
  } satisfies Register;
}

/**
 * Reserves a given device id; null: it is taken. The stream of the id is not read first: the append
 * is refused if it exists.
 */
function createReservation(parts: Parts, context: CallContext, deviceId: string | undefined) {
  const stream = deviceId === undefined ? null : deviceIdStream(deviceId);
  let known = { reserved: false, revision: 0 };
  let stale = false;
  return {
    stale: (of: string) => void (stale ||= of === stream),
    async append({
      deviceId,
      productKey,
      deviceKey,
      generation,
    }: LiveDevice): Promise<readonly StreamAppend[] | null> {
      if (stream === null) return [];
      if (stale) known = await parts.loading.reservation(deviceId);
      stale = false;
      if (known.reserved) return null;
      const { tenant } = context;
      const data = { tenant, deviceId, productKey, deviceKey, generation };
      const event: DeviceIdEvent = { type: 'DeviceIdReserved', time: parts.clock.now(), data };
      const events = toNewEvents([event], context, parts.ids);
      return [{ stream, expectedRevision: known.revision, events }];
    },
  };
}

function registration(
  parts: Parts,
  context: CallContext,
  input: RegisterDeviceInput,
): UseCase<LiveDevice, SecretReply> {
  const { tenant } = context;
  const deviceKey = input.deviceKey ?? parts.ids.token(20);
  const stream = deviceStream(tenant, input.productKey, deviceKey);
  const secret = newSecret(parts, stream, input.deviceSecret);
  const command = toCommand(input, parts, secret, deviceKey);
  const reservation = createReservation(parts, context, input.deviceId);
  // Most keys are new: the append itself finds out, and only then is the stream read.
  let device: Device | null = { ...UNWRITTEN, stream, state: initialDevice(tenant) };

  async function prepare(): Promise<Step<LiveDevice, SecretReply>> {
    device ??= await parts.loading.device(tenant, input.productKey, deviceKey);
    const { decision, product } = await decideByPolicy(parts, context, {
      command,
      state: device.state,
      productKey: input.productKey,
    });
    if (!decision.ok) return refuse({ code: decision.error.code });
    const state = toLive(decision.value.reduce(evolveDevice, device.state));
    const reserved = await reservation.append(state);
    if (reserved === null) return refuse({ code: 'device-id-taken' });
    await secret.put(state);
    const own = deviceAppend(device, decision.value, context, parts);
    const appends = [...reserved, own, checkOf(product)];
    const reply = { secret: secret.plaintext };
    return { kind: 'change', appends, main: reserved.length, state, reply };
  }

  return {
    lock: null,
    prepare,
    stale(of) {
      if (of === stream) device = null;
      reservation.stale(of);
      parts.loading.forgetProduct(input.productKey);
    },
  };
}

export function createRegistration(parts: Parts) {
  return async (
    input: RegisterDeviceInput,
    context: CallContext,
  ): Answer<LiveDevice, SecretReply> => {
    const problem = firstInvalid([
      ['productKey', parseProductKey, input.productKey],
      ['deviceKey', parseDeviceKey, input.deviceKey],
      ['deviceId', parseDeviceId, input.deviceId],
      ['deviceSecret', parseSecret, input.deviceSecret],
    ]);
    if (problem !== null) return err(problem);
    // Nothing is there yet whose revision the caller could have seen.
    if ((context.ifMatch ?? null) !== null) return err({ code: 'stale-revision' });
    return parts.run(registration(parts, context, input), context);
  };
}
