import { deviceRecordKey, parseStream, toDeviceEvent } from '@tallystick/contracts';
import { evolveDevice, initialDevice, type DeviceState, type LiveDevice } from '@tallystick/domain';
import type { LoggedEvent, SqlSession, SqlValue } from '@tallystick/ports';
import { fillFleet, reconcileFleet } from '../fleet/fill-fleet.ts';
import { lockFleet, refreshFleet } from '../fleet/refresh-fleet.ts';
import { json, number, text } from '../stores/sql/rows.ts';
import {
  deleteByKeys,
  selectByKeys,
  tableAt,
  upsert,
  type Table,
} from '../stores/sql/statements.ts';
import {
  DEVICES,
  TAGS,
  tagsOf,
  toDeviceRows,
  toValues,
  WAITING,
  waitingOf,
} from './devices.rows.ts';
import { DEVICE_TABLES } from './devices.tables.ts';
import { foldEvents, groupByStream, openFold, type Folded } from './fold-streams.ts';
import type { IdentityView, Place } from './view.types.ts';

/** A device key as the view keeps it. */
export type DeviceRow = Folded<DeviceState>;

interface Stream {
  readonly key: string;
  readonly tenant: string;
  readonly events: readonly LoggedEvent[];
}

export function foldDeviceRow(before: DeviceRow, events: readonly LoggedEvent[]): DeviceRow {
  return foldEvents(before, events, toDeviceEvent, evolveDevice);
}

function streamsOf(events: readonly LoggedEvent[]): readonly Stream[] {
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

async function load(
  session: SqlSession,
  keys: readonly string[],
  place: Place,
): Promise<Map<string, DeviceRow>> {
  const select = `SELECT name_key, revision, state FROM devices${place} WHERE name_key`;
  const rows = await selectByKeys(session, select, keys);
  return new Map(
    rows.map((row) => [
      text(row, 'name_key'),
      { state: json<DeviceState>(row, 'state'), revision: number(row, 'revision') },
    ]),
  );
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

  async write(session: SqlSession, place: Place): Promise<void> {
    const table = tableAt(this.#table, place);
    await deleteByKeys(session, `${table.name} WHERE name_key`, this.#gone);
    await upsert(session, table, this.#rows);
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

  async write(session: SqlSession, place: Place): Promise<void> {
    const table = tableAt(DEVICES, place);
    await deleteByKeys(session, `${table.name} WHERE name_key`, this.#gone);
    await upsert(session, table, this.#rows);
    await this.#tags.write(session, place);
    await this.#waiting.write(session, place);
  }
}

async function apply(
  session: SqlSession,
  events: readonly LoggedEvent[],
  place: Place,
): Promise<void> {
  const streams = streamsOf(events);
  if (streams.length === 0) return;
  const known = await load(
    session,
    streams.filter(mayHaveRow).map(({ key }) => key),
    place,
  );
  const changes = new Changes();
  const born = new Map<string, LiveDevice>();
  for (const stream of streams) {
    const { key, tenant, events: group } = stream;
    const before = known.get(key) ?? { state: initialDevice(tenant), revision: 0 };
    const after = foldDeviceRow(before, group);
    changes.add(key, before.state, after);
    if (after.state.status === 'live' && !mayHaveRow(stream)) born.set(key, after.state);
  }
  await changes.write(session, place);
  await lockFleet(session);
  const others = streams.map(({ key }) => key).filter((key) => !born.has(key));
  await refreshFleet(session, others, place, born);
}

/**
 * Every living device with its units: the identity half of the device status view and of the
 * multi-ClientID view.
 */
export const devicesView: IdentityView = {
  name: 'devices',
  version: 4,
  tables: DEVICE_TABLES,
  prefix: 'device/',
  apply,
  open: (stream) => {
    const name = parseStream(stream);
    if (name.kind !== 'device') return null;
    const key = deviceRecordKey(name.tenant, name.productKey, name.deviceKey);
    return openFold(initialDevice(name.tenant), toDeviceEvent, evolveDevice, (folded) =>
      toDeviceRows(key, folded),
    );
  },
  complete: fillFleet,
  reconcile: reconcileFleet,
};
