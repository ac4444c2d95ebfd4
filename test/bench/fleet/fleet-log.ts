import type { SqlDatabase, SqlValue } from '@tallystick/ports';

/** How a generated fleet looks: devices of several kinds of keys, in products of several sizes. */
export interface FleetShape {
  readonly devices: number;
  readonly products: number;
}

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const BORN = Date.UTC(2026, 0, 1);
const PER_MS = 20;
const ROWS = 200;
const META =
  '{"tenant":"default","subject":null,"actor":"op","correlationId":"c","causationId":"c"}';

function base32(value: number, digits: number): string {
  let text = '';
  for (let left = value; text.length < digits; left = Math.floor(left / 32))
    text = (CROCKFORD[left % 32] ?? '') + text;
  return text;
}

/** As the platform allocates them: time-ordered, 20 in a millisecond. */
export function deviceIdOf(index: number): string {
  const time = base32(BORN + Math.floor(index / PER_MS), 10);
  return `dv_${time}${base32((index * 2_654_435_761) % 2 ** 40, 16)}`;
}

/** What a device is like, in no relation to its name. */
const mixed = (index: number): number => (index * 2_654_435_761) >>> 0;

const isActive = (index: number): boolean => (mixed(index) >>> 3) % 4 !== 0;
const isOnline = (index: number): boolean => (mixed(index) >>> 7) % 3 !== 0;
const isDisabled = (index: number): boolean => index % 500 === 0;

/** Half of the fleet stands in the first product, half of the rest in the second, and so on. */
export function productOf(index: number, { products }: FleetShape): string {
  const nth = Math.min(products - 1, Math.clz32(mixed(index)));
  return `prod${String(nth).padStart(3, '0')}`;
}

export function deviceKeyOf(index: number): string {
  if (index % 3 === 0) return `SN${String(index).padStart(8, '0')}`;
  if (index % 3 === 1) return ((index * 2_654_435_761) % 2 ** 48).toString(16).padStart(12, '0');
  return `dev-${index}`;
}

export function tagsOf(index: number): Record<string, string> {
  const mix = mixed(index);
  return { site: `site-${(mix >>> 11) % 50}`, line: `line-${(mix >>> 5) % 7_919}` };
}

interface Event {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly data: object;
}

function* eventsOf(index: number, shape: FleetShape): Generator<Event> {
  const productKey = productOf(index, shape);
  const deviceKey = deviceKeyOf(index);
  const name = { deviceId: deviceIdOf(index), productKey, deviceKey, generation: 1 };
  const stream = `device/default/${productKey}/${deviceKey}`;
  const secret = { secretOrigin: 'allocated', secretVersion: 1, secretId: `s-${index}` };
  const details = { registrationTimeoutSeconds: null, name: null, tags: tagsOf(index) };
  yield {
    ...{ stream, revision: 1, type: 'DeviceRegistered' },
    data: { ...name, origin: 'import', ...secret, ...details },
  };
}

function* laterOf(index: number, shape: FleetShape): Generator<Event> {
  const productKey = productOf(index, shape);
  const deviceKey = deviceKeyOf(index);
  const name = { deviceId: deviceIdOf(index), productKey, deviceKey, generation: 1 };
  const stream = `device/default/${productKey}/${deviceKey}`;
  const login = { method: 'static', dialect: 'enos', clientId: deviceKey, gatewayId: 'g1' };
  yield { stream, revision: 2, type: 'DeviceActivated', data: { ...name, ...login } };
  if (isDisabled(index))
    yield { stream, revision: 3, type: 'DeviceDisabled', data: { ...name, reason: null } };
}

function* productsOf({ products }: FleetShape): Generator<Event> {
  for (let nth = 0; nth < products; nth += 1) {
    const productKey = `prod${String(nth).padStart(3, '0')}`;
    const data = {
      ...{ tenant: 'default', name: `Product ${nth}`, dialect: 'auto', dynamicActivation: false },
      ...{ registrationFree: false, maxUnits: 5, silenceSeconds: null, silenceCounts: 'packet' },
      ...{ certificateRequired: false, secretVersion: 1, secretId: `sp${nth}`, productKey },
    };
    yield { stream: `product/${productKey}`, revision: 1, type: 'ProductCreated', data };
  }
}

/** An import of the whole fleet, then three of four devices log in; some are disabled. */
function* logOf(shape: FleetShape): Generator<Event> {
  yield* productsOf(shape);
  for (let index = 0; index < shape.devices; index += 1) yield* eventsOf(index, shape);
  for (let index = 0; index < shape.devices; index += 1)
    if (isActive(index)) yield* laterOf(index, shape);
}

async function insert(db: SqlDatabase, table: string, width: number, rows: SqlValue[][]) {
  const row = `(${Array.from({ length: width }, () => '?').join(',')})`;
  await db.write(async (session) => {
    for (let at = 0; at < rows.length; at += ROWS) {
      const some = rows.slice(at, at + ROWS);
      await session.run(
        `INSERT INTO ${table} VALUES ${some.map(() => row).join(',')}`,
        some.flat(),
      );
    }
  });
}

/** Writes the log of such a fleet, past the store's append. Answers how many events it has. */
export async function writeFleetLog(db: SqlDatabase, shape: FleetShape): Promise<number> {
  let position = 0;
  let rows: SqlValue[][] = [];
  const flush = async (): Promise<void> => {
    await insert(db, 'events', 9, rows);
    rows = [];
  };
  for (const { stream, revision, type, data } of logOf(shape)) {
    position += 1;
    const time = BORN + Math.floor(position / PER_MS);
    const id = `00000000-0000-7000-8000-${String(position).padStart(12, '0')}`;
    rows.push([position, stream, revision, id, type, 1, time, JSON.stringify(data), META]);
    if (rows.length >= 10_000) await flush();
  }
  await flush();
  await db.write((session) => session.run('UPDATE store_head SET position = ?', [position]));
  return position;
}

/** Two of three active devices are online. */
export async function writeFleetPresence(db: SqlDatabase, shape: FleetShape): Promise<void> {
  let rows: SqlValue[][] = [];
  for (let index = 0; index < shape.devices; index += 1) {
    if (!isActive(index)) continue;
    const deviceKey = deviceKeyOf(index);
    const key = `default/${productOf(index, shape)}/${deviceKey}`;
    const online = isOnline(index) ? 1 : 0;
    rows.push([key, 1, online, 1, 1, `s-${index}`, deviceKey, BORN, 1]);
    if (rows.length < 10_000) continue;
    await insert(db, 'presence', 9, rows);
    rows = [];
  }
  await insert(db, 'presence', 9, rows);
}
