import { deviceStream } from '@tallystick/contracts';
import {
  derivedDeviceId,
  findUnfit,
  firstInvalid,
  parseDeviceId,
  parseDeviceKey,
  parseProductKey,
  secretFormOf,
  type Dialect,
  type LiveDevice,
} from '@tallystick/domain';
import { err, PortError } from '@tallystick/kernel';
import { deviceUseCase, dialectOf, toLive } from './device-use-case.ts';
import type { Answer, CallContext } from './handlers.types.ts';
import type { Parts } from './parts.ts';
import { newSecret, type NewSecret } from './secrets-in-use.ts';

/** A device that has proven its product's secret asks for its own. */
export interface DeliverInput {
  readonly productKey: string;
  readonly deviceKey: string;
  /** By which the device calls itself; null: it names no id. */
  readonly deviceId: string | null;
  /** Whether an unknown name is made, where its product is registration-free. */
  readonly makes: boolean;
  /** Alibaba's way to ask, which may give a new secret each time; see DeliverSecret. */
  readonly registers: boolean;
}

/** In the clear, for the device alone. */
export interface DeliveredSecret {
  readonly secret: string;
  readonly secretVersion: number;
}

/** The id of a life that begins; null: a device cannot be called so. */
function bornAs(
  { productKey, deviceKey, deviceId }: DeliverInput,
  dialect: Dialect,
  { ids }: Parts,
): string | null {
  const named = deviceId ?? derivedDeviceId(dialect, productKey, deviceKey);
  if (named === null) return ids.deviceId();
  const unfit = findUnfit(dialect, { productKey, deviceKey, deviceId: named });
  return unfit === null && parseDeviceId(named).ok ? named : null;
}

/** The newest secret, once a new one is in the vault. */
async function reveal(
  { vault }: Parts,
  fresh: NewSecret,
  after: LiveDevice,
): Promise<DeliveredSecret> {
  const [newest] = after.secrets;
  if (newest === undefined) throw new Error('a device without a secret has none to give');
  const { secretId, version: secretVersion } = newest;
  if (secretId === fresh.secretId) {
    await fresh.put(after);
    return { secret: fresh.plaintext, secretVersion };
  }
  const bytes = (await vault.open([secretId])).get(secretId);
  if (bytes === undefined) throw new PortError('corrupt', `secret ${secretId} is not there`);
  return { secret: Buffer.from(bytes).toString('utf8'), secretVersion };
}

/**
 * Gives a device its secret, by its product's policy. The caller has just read the product: what
 * appends nothing is held to no revision, and must not be decided on a product of long ago.
 */
export function createDelivery(parts: Parts) {
  return async (input: DeliverInput, context: CallContext): Answer<LiveDevice, DeliveredSecret> => {
    const { productKey, deviceKey, deviceId, makes, registers } = input;
    const problem = firstInvalid([
      ['productKey', parseProductKey, productKey],
      ['deviceKey', parseDeviceKey, deviceKey],
    ]);
    if (problem !== null) return err(problem);
    const dialect = dialectOf((await parts.loading.knownProduct(productKey)).state);
    const owner = deviceStream(context.tenant, productKey, deviceKey);
    const fresh = newSecret(parts, owner, undefined, secretFormOf(dialect));
    const id = makes ? bornAs(input, dialect, parts) : null;
    const names = { productKey, deviceKey, deviceId, bornAs: id, registers };
    const on = {
      ref: { productKey, deviceKey },
      command: { type: 'DeliverSecret', ...names, secretId: fresh.secretId },
      byPolicy: true,
      toState: toLive,
      reply: (after: LiveDevice) => reveal(parts, fresh, after),
    } as const;
    return parts.run(deviceUseCase<LiveDevice, DeliveredSecret>(parts, context, on), context);
  };
}
