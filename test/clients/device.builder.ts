import { until } from '../stack/processes.ts';
import { applied, rows } from '../e2e/harness/api.ts';
import type { World } from './world.ts';

/** A device as the tests see it. */
export interface Device {
  readonly deviceId: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly secret: string;
  /** Its resource now. */
  get(): Promise<Record<string, unknown>>;
  /** Waits until it is shown so. */
  becomes(status: 'online' | 'offline'): Promise<void>;
}

/** Makes a product, and gives its secret. */
export async function createProduct(world: World, body: object): Promise<string> {
  const created = await world.api('POST', '/products', { name: 'Clients', ...body });
  if (created.status !== 201) throw new Error(`no product: ${created.text}`);
  return String(created.body['productSecret']);
}

/** What the registry shows of a device that it has made, now or for an SDK. */
function deviceOf(world: World, body: Readonly<Record<string, unknown>>): Device {
  const { deviceId, productKey, deviceKey, deviceSecret } = body;
  const path = `/devices/${String(deviceId)}`;
  const get = async (): Promise<Record<string, unknown>> => (await world.api('GET', path)).body;
  return {
    deviceId: String(deviceId),
    productKey: String(productKey),
    deviceKey: String(deviceKey),
    secret: String(deviceSecret),
    get,
    becomes: (status) =>
      until(
        `${String(deviceKey)} is ${status}`,
        60_000,
        async () => (await get())['status'] === status,
      ),
  };
}

/** Makes devices of a product, and waits until the gateways know them. */
export async function createDevices<const Name extends string>(
  world: World,
  productKey: string,
  names: readonly Name[],
): Promise<Readonly<Record<Name, Device>>> {
  const made = await Promise.all(
    names.map((deviceKey) => world.api('POST', '/devices', { productKey, deviceKey })),
  );
  const position = Math.max(...made.map((reply) => reply.position));
  if (made.some((reply) => reply.status !== 201)) throw new Error(made[0]?.text);
  await applied(world.api, position);
  const devices = made.map((reply, index) => [names[index], deviceOf(world, reply.body)]);
  return Object.fromEntries(devices) as Readonly<Record<Name, Device>>;
}

/** The device that a claim has made, once the registry shows it. */
export async function madeByItself(
  world: World,
  productKey: string,
  deviceKey: string,
): Promise<Device> {
  const path = `/devices?productKey=${productKey}&deviceKey=${deviceKey}`;
  let found: Readonly<Record<string, unknown>> | undefined;
  await until(`${deviceKey} is known`, 60_000, async () => {
    [found] = rows(await world.api('GET', path));
    return found !== undefined;
  });
  return deviceOf(world, found ?? {});
}
