import { deviceStream } from '@tallystick/contracts';
import {
  firstInvalid,
  evolveDevice,
  initialDevice,
  parseDeviceId,
  parseDeviceKey,
  parseProductKey,
  parseSecret,
  type DeviceCommand,
  type DeviceOrigin,
  type DeviceState,
  type LiveDevice,
  type Tags,
} from '@tallystick/domain';
import { err, ok } from '@tallystick/kernel';
import { checkOf, decideByPolicy, deviceAppend, refuse, toLive } from './device-use-case.ts';
import type { Step, UseCase } from './execution.ts';
import { createHolding, type Holding } from './held-names.ts';
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

const NOTHING_HELD = ok([]);

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

/** Where a life holds no name beside its own stream and devices have no limit, it costs nothing. */
function holdingOf(parts: Parts, context: CallContext, { deviceId }: RegisterDeviceInput): Holding {
  let names: Holding | null = null;
  return {
    stale: (stream) => names?.stale(stream),
    async appends(before, after) {
      const scope = await parts.loading.deviceKeyScope(context.tenant);
      if (scope === 'product' && deviceId === undefined && parts.quota === null)
        return NOTHING_HELD;
      names ??= createHolding(parts, context);
      return names.appends(before, after);
    },
    end: (ending) => names?.end(ending),
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
  const names = holdingOf(parts, context, input);
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
    const reserved = await names.appends(device.state, state);
    if (!reserved.ok) return refuse(reserved.error);
    await secret.put(state);
    const own = deviceAppend(device, decision.value, context, parts);
    const appends = [...reserved.value, own, checkOf(product)];
    const reply = { secret: secret.plaintext };
    return { kind: 'change', appends, main: reserved.value.length, state, reply };
  }

  return {
    lock: null,
    prepare,
    end: names.end,
    stale(of) {
      if (of === stream) device = null;
      names.stale(of);
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
