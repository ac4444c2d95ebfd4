import { deviceStream } from '@tallystick/contracts';
import {
  derivedDeviceId,
  findUnfit,
  firstInvalid,
  evolveDevice,
  initialDevice,
  isAllocatedDeviceId,
  parseDeviceId,
  parseDeviceKey,
  parseProductKey,
  parseSecret,
  secretFormOf,
  type DeviceCommand,
  type DeviceOrigin,
  type DeviceState,
  type Dialect,
  type LiveDevice,
  type Tags,
} from '@tallystick/domain';
import { err, ok } from '@tallystick/kernel';
import {
  checkOf,
  decideByPolicy,
  deviceAppend,
  dialectOf,
  refuse,
  toLive,
} from './device-use-case.ts';
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

function toCommand(
  input: RegisterDeviceInput,
  secret: NewSecret,
  { deviceKey, deviceId }: Pick<Register, 'deviceKey' | 'deviceId'>,
) {
  const { secretOrigin, secretId } = secret;
  return {
    type: 'RegisterDevice',
    productKey: input.productKey,
    deviceKey,
    deviceId,
    origin: input.origin,
    secret: { secretOrigin, secretId },
    registrationTimeoutSeconds: input.registrationTimeoutSeconds ?? null,
    name: input.name ?? null,
    tags: input.tags ?? {},
  } satisfies Register;
}

/** What becomes of the call in a product of that dialect. */
interface Planned {
  readonly dialect: Dialect;
  readonly secret: NewSecret;
  readonly command: Register;
}

/** A secret and an id are made once for each dialect that the product may turn out to have. */
function createPlanning(
  parts: Parts,
  input: RegisterDeviceInput,
  stream: string,
  deviceKey: string,
): (dialect: Dialect) => Planned {
  let planned: Planned | null = null;
  return (dialect) => {
    if (planned?.dialect === dialect) return planned;
    const secret = newSecret(parts, stream, input.deviceSecret, secretFormOf(dialect));
    const derived = derivedDeviceId(dialect, input.productKey, deviceKey);
    const deviceId = input.deviceId ?? derived ?? parts.ids.deviceId();
    planned = { dialect, secret, command: toCommand(input, secret, { deviceKey, deviceId }) };
    return planned;
  };
}

/** Where a life holds no name beside its own stream and devices have no limit, it costs nothing. */
function holdingOf(parts: Parts, context: CallContext): Holding {
  let names: Holding | null = null;
  return {
    stale: (stream) => names?.stale(stream),
    async appends(before, after) {
      const scope = await parts.loading.deviceKeyScope(context.tenant);
      const allocated = after.status === 'live' && isAllocatedDeviceId(after.deviceId);
      if (scope === 'product' && allocated && parts.quota === null) return NOTHING_HELD;
      names ??= createHolding(parts, context);
      return names.appends(before, after);
    },
    end: (ending) => names?.end(ending),
  };
}

interface ToDecide {
  readonly state: DeviceState;
  readonly deviceKey: string;
  readonly planFor: (dialect: Dialect) => Planned;
}

/** Decides by the product as last known, and anew where a refusal is by one that has changed. */
async function decidePlanned(
  parts: Parts,
  context: CallContext,
  input: RegisterDeviceInput,
  { state, deviceKey, planFor }: ToDecide,
) {
  const { loading } = parts;
  const { productKey } = input;
  for (;;) {
    const known = await loading.knownProduct(productKey);
    const planned = planFor(dialectOf(known.state));
    const by = { command: planned.command, state, productKey };
    const { decision, product } = await decideByPolicy(parts, context, by);
    if (!decision.ok) return err({ code: decision.error.code });
    if (product.revision !== known.revision) continue;
    const unfit = findUnfit(planned.dialect, { ...input, deviceKey });
    if (unfit === null) return ok({ ...planned, product, events: decision.value });
    if ((await loading.product(productKey)).revision === known.revision) return err(unfit);
  }
}

function registration(
  parts: Parts,
  context: CallContext,
  input: RegisterDeviceInput,
): UseCase<LiveDevice, SecretReply> {
  const { tenant } = context;
  const { productKey } = input;
  const deviceKey = input.deviceKey ?? parts.ids.token(20);
  const stream = deviceStream(tenant, productKey, deviceKey);
  const planFor = createPlanning(parts, input, stream, deviceKey);
  const names = holdingOf(parts, context);
  // Most keys are new: the append itself finds out, and only then is the stream read.
  let device: Device | null = { ...UNWRITTEN, stream, state: initialDevice(tenant) };

  async function prepare(): Promise<Step<LiveDevice, SecretReply>> {
    device ??= await parts.loading.device(tenant, productKey, deviceKey);
    const on = { state: device.state, deviceKey, planFor };
    const decided = await decidePlanned(parts, context, input, on);
    if (!decided.ok) return refuse(decided.error);
    const { secret, product, events } = decided.value;
    const state = toLive(events.reduce(evolveDevice, device.state));
    const reserved = await names.appends(device.state, state);
    if (!reserved.ok) return refuse(reserved.error);
    await secret.put(state);
    const own = deviceAppend(device, events, context, parts);
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
      parts.loading.forgetProduct(productKey);
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
