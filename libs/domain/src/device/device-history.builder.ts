import type { LiveProduct } from '../product/product.types.ts';
import type { DeviceCommand, DeviceContext, DeviceRefusal } from './device.command.types.ts';
import { decideDevice } from './device.decider.ts';
import { evolveDevice, initialDevice } from './device.fold.ts';
import type { DeviceEvent, DeviceState, LiveDevice } from './device.types.ts';

/** For specs: what happened to a device key, command by command. */
export const T0 = Date.UTC(2030, 0, 1);

export const product: LiveProduct = {
  status: 'live',
  tenant: 'default',
  productKey: 'pk',
  name: 'Meters',
  dialect: 'auto',
  dynamicActivation: true,
  registrationFree: true,
  maxUnits: 5,
  silenceSeconds: null,
  silenceCounts: 'packet',
  certificateRequired: false,
  resetKeepsSecret: true,
  registerRotatesSecret: false,
  createdAt: T0,
  closing: false,
  secrets: [{ version: 1, secretId: 'ps1', expiresAt: null }],
};

export const registerCommand = {
  type: 'RegisterDevice',
  productKey: 'pk',
  deviceKey: 'dk',
  deviceId: 'id-1',
  origin: 'api',
  secret: { secretOrigin: 'allocated', secretId: 's1' },
  registrationTimeoutSeconds: null,
  name: null,
  tags: {},
} as const satisfies DeviceCommand;

export function claimCommand(clientId: string) {
  return {
    type: 'ClaimUnit',
    productKey: 'pk',
    deviceKey: 'dk',
    deviceId: `born-with-${clientId}`,
    clientId,
    tokenHash: `hash-of-${clientId}`,
    gatewayId: 'gw1',
    dialect: 'alibaba',
  } as const satisfies DeviceCommand;
}

export const deliverCommand = {
  type: 'DeliverSecret',
  productKey: 'pk',
  deviceKey: 'dk',
  deviceId: null,
  bornAs: null,
  registers: true,
  secretId: 'fresh',
} as const satisfies DeviceCommand;

export function loginCommand(device: LiveDevice, unit: string | null, at = T0) {
  return {
    type: 'ActivateDevice',
    deviceId: device.deviceId,
    generation: device.generation,
    method: unit === null ? 'static' : 'registration-free',
    dialect: 'alibaba',
    clientId: unit ?? 'wire-id',
    gatewayId: 'gw1',
    secretVersion: unit === null ? (device.secrets[0]?.version ?? null) : null,
    unit,
    at,
  } as const satisfies DeviceCommand;
}

export function contextAt(now: number, policy: Partial<LiveProduct> = {}): DeviceContext {
  const { pendingMs, conflictWindowMs } = { pendingMs: 600_000, conflictWindowMs: 3_600_000 };
  return { now, product: { ...product, ...policy }, pendingMs, conflictWindowMs };
}

type Given = DeviceCommand | ((device: LiveDevice) => DeviceCommand);

/** The state after commands that must all be accepted, each at T0. */
export function given(...commands: readonly Given[]): DeviceState {
  return commands.reduce<DeviceState>((state, next) => {
    const command = typeof next === 'function' ? next(toLive(state)) : next;
    const decision = decideDevice(command, state, contextAt(T0));
    if (!decision.ok) throw new Error(`${command.type} is refused: ${decision.error.code}`);
    return decision.value.reduce(evolveDevice, state);
  }, initialDevice('default'));
}

export function toLive(state: DeviceState): LiveDevice {
  if (state.status !== 'live') throw new Error('no life');
  return state;
}

export interface Told {
  readonly events: readonly DeviceEvent[];
  readonly types: readonly string[];
  readonly refusal: DeviceRefusal | null;
  readonly state: DeviceState;
}

/** What a command makes of a state. */
export function when(
  command: DeviceCommand,
  state: DeviceState,
  context: DeviceContext = contextAt(T0),
): Told {
  const decision = decideDevice(command, state, context);
  const events = decision.ok ? decision.value : [];
  return {
    events,
    types: events.map(({ type }) => type),
    refusal: decision.ok ? null : decision.error,
    state: events.reduce(evolveDevice, state),
  };
}
