import { deviceRecordKey, parseStream, toDeviceEvent } from '@tallystick/contracts';
import {
  evolveDevice,
  initialDevice,
  registrationEndsAt,
  type DeviceState,
  type LiveDevice,
} from '@tallystick/domain';
import type { SqlSession, SqlValue, StoredEvent } from '@tallystick/ports';
import { json, number, text } from '../stores/sql/rows.ts';
import { deleteByKeys, selectByKeys, upsert, type Table } from '../stores/sql/statements.ts';
import { foldEvents, groupByStream, type Folded } from './fold-streams.ts';
import type { IdentityView } from './view.types.ts';

const DEVICES: Table = {
  name: 'devices',
  columns: [
    'name_key',
    'tenant',
    'product_key',
    'device_key',
    'device_id',
    'generation',
    'revision',
    'lifecycle',
    'registered_at',
    'registration_ends_at',
    'units',
    'state',
  ],
  keyColumns: 1,
  documents: ['state'],
};
const TAGS: Table = { name: 'device_tags', columns: ['name_key', 'name', 'value'], keyColumns: 2 };

const WAITING: Table = {
  name: 'waiting_units',
  columns: ['name_key', 'client_id', 'state', 'since'],
  keyColumns: 2,
};

/** A device key as the view keeps it. */
export type DeviceRow = Folded<DeviceState>;

interface Stream {
  readonly key: string;
  readonly tenant: string;
  readonly events: readonly StoredEvent[];
}

export function foldDeviceRow(before: DeviceRow, events: readonly StoredEvent[]): DeviceRow {
  return foldEvents(before, events, toDeviceEvent, evolveDevice);
}

function lifecycleOf(device: LiveDevice): 'inactive' | 'active' | 'disabled' {
  if (device.disabled) return 'disabled';
  return device.activatedAt === null ? 'inactive' : 'active';
}

function toValues(key: string, device: LiveDevice, revision: number): SqlValue[] {
  return [
    key,
    device.tenant,
    device.productKey,
    device.deviceKey,
    device.deviceId,
    device.generation,
    revision,
    lifecycleOf(device),
    device.registeredAt,
    registrationEndsAt(device),
    device.units.units.length,
    JSON.stringify(device),
  ];
}

function streamsOf(events: readonly StoredEvent[]): readonly Stream[] {
  return [...groupByStream(events, 'device/')].flatMap(([stream, group]) => {
    const name = parseStream(stream);
    if (name.kind !== 'device') return [];
    const { tenant, productKey, deviceKey } = name;
    return [{ key: deviceRecordKey(tenant, productKey, deviceKey), tenant, events: group }];
  });
}

/**
 * A stream whose first event begins a life has no row: the life before, if any, has ended and was
 * dropped.
 */
function mayHaveRow({ events }: Stream): boolean {
  return events[0]?.type !== 'DeviceRegistered';
}

async function load(session: SqlSession, keys: readonly string[]): Promise<Map<string, DeviceRow>> {
  const select = 'SELECT name_key, revision, state FROM devices WHERE name_key';
  const rows = await selectByKeys(session, select, keys);
  return new Map(
    rows.map((row) => [
      text(row, 'name_key'),
      { state: json<DeviceState>(row, 'state'), revision: number(row, 'revision') },
    ]),
  );
}

function waitingOf(state: DeviceState): readonly SqlValue[][] {
  if (state.status === 'absent') return [];
  return state.units.units.flatMap((unit) =>
    unit.state === 'pending' || unit.state === 'purging'
      ? [[unit.clientId, unit.state, unit.pendingSince]]
      : [],
  );
}

function tagsOf(state: DeviceState): readonly SqlValue[][] {
  return state.status === 'absent' ? [] : Object.entries(state.tags);
}

/** Rows of one name in a table beside: replaced as a whole when they differ. */
class Beside {
  readonly #table: Table;
  readonly #gone: string[] = [];
  readonly #rows: SqlValue[][] = [];

  constructor(table: Table) {
    this.#table = table;
  }

  replace(key: string, before: readonly SqlValue[][], after: readonly SqlValue[][]): void {
    if (before.length === 0 && after.length === 0) return;
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    if (before.length > 0) this.#gone.push(key);
    for (const row of after) this.#rows.push([key, ...row]);
  }

  async write(session: SqlSession): Promise<void> {
    await deleteByKeys(session, `${this.#table.name} WHERE name_key`, this.#gone);
    await upsert(session, this.#table, this.#rows);
  }
}

/** What a batch makes of the rows. */
class Changes {
  readonly #rows: SqlValue[][] = [];
  readonly #gone: string[] = [];
  readonly #tags = new Beside(TAGS);
  readonly #waiting = new Beside(WAITING);

  add(key: string, before: DeviceState, { state, revision }: DeviceRow): void {
    if (state.status === 'absent') this.#gone.push(key);
    else this.#rows.push(toValues(key, state, revision));
    this.#tags.replace(key, tagsOf(before), tagsOf(state));
    this.#waiting.replace(key, waitingOf(before), waitingOf(state));
  }

  async write(session: SqlSession): Promise<void> {
    await deleteByKeys(session, 'devices WHERE name_key', this.#gone);
    await upsert(session, DEVICES, this.#rows);
    await this.#tags.write(session);
    await this.#waiting.write(session);
  }
}

async function apply(session: SqlSession, events: readonly StoredEvent[]): Promise<void> {
  const streams = streamsOf(events);
  if (streams.length === 0) return;
  const known = await load(
    session,
    streams.filter(mayHaveRow).map(({ key }) => key),
  );
  const changes = new Changes();
  for (const { key, tenant, events: group } of streams) {
    const before = known.get(key) ?? { state: initialDevice(tenant), revision: 0 };
    changes.add(key, before.state, foldDeviceRow(before, group));
  }
  await changes.write(session);
}

/**
 * Every living device with its units: the identity half of the device status view and of the
 * multi-ClientID view.
 */
export const devicesView: IdentityView = {
  name: 'devices',
  version: 2,
  tables: ['waiting_units', 'device_tags', 'devices'],
  schema: [
    `CREATE TABLE devices (
       name_key ?KEY PRIMARY KEY, tenant ?KEY NOT NULL, product_key ?KEY NOT NULL, device_key ?KEY NOT NULL, device_id ?KEY NOT NULL,
       generation BIGINT NOT NULL, revision BIGINT NOT NULL, lifecycle TEXT NOT NULL, registered_at BIGINT NOT NULL,
       registration_ends_at BIGINT, units INTEGER NOT NULL, state TEXT NOT NULL)`,
    // Not unique: within one batch an id may pass from one name to another.
    `CREATE INDEX devices_by_id ON devices (device_id)`,
    `CREATE INDEX devices_in_order ON devices (tenant, registered_at, device_id)`,
    `CREATE INDEX devices_of_product ON devices (product_key, registered_at, device_id)`,
    `CREATE INDEX devices_by_device_key ON devices (device_key)`,
    `CREATE INDEX devices_by_registration_end ON devices (registration_ends_at) WHERE registration_ends_at IS NOT NULL`,
    `CREATE INDEX devices_of_many_units ON devices (name_key) WHERE units > 1`,
    `CREATE TABLE device_tags (name_key ?KEY NOT NULL, name ?KEY NOT NULL, value ?KEY NOT NULL, PRIMARY KEY (name_key, name))`,
    `CREATE INDEX devices_by_tag ON device_tags (name, value, name_key)`,
    `CREATE TABLE waiting_units (
       name_key ?KEY NOT NULL, client_id ?KEY NOT NULL, state TEXT NOT NULL, since BIGINT NOT NULL, PRIMARY KEY (name_key, client_id))`,
    `CREATE INDEX waiting_units_by_age ON waiting_units (state, since)`,
  ],
  apply,
};
