import { deviceStream } from '@tallystick/contracts';
import type { SqlValue, StoredEvent } from '@tallystick/ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listKeys } from '../queries/device-list.ts';
import type { Budgets } from '../queries/device-search.ts';
import type { DeviceFilter } from '../queries/queries.types.ts';
import { upsert } from '../stores/sql/statements.ts';
import { PRESENCE } from '../presence/presence.tables.ts';
import { devicesView } from '../views/devices.view.ts';
import { openWorld, type Dialect, type ViewWorld } from './view-world.ts';

const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];
/** So small that every way through the indexes is gone, by devices few enough for a spec. */
const SMALL: Budgets = { few: 6, firstLook: 3, look: 5, keys: 6, ids: 8, idsLookedAt: 4 };

interface Shown {
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly deviceId: string;
  readonly status: 'inactive' | 'online' | 'offline' | 'disabled';
  readonly tags: Record<string, string>;
}

const STATUSES = ['inactive', 'online', 'offline', 'disabled'] as const;
const KEYS = ['sn-', 'SN', 'a.b:', '@x_', '00', 'z'];

/** Keys and ids that begin alike, in an order of ids that is not that of keys. */
function fleet(): readonly Shown[] {
  return Array.from({ length: 180 }, (_, nth) => ({
    tenant: nth % 11 === 0 ? 'other' : 'default',
    productKey: ['p1', 'p10', 'p2', 'P'][nth % 4] ?? 'p1',
    deviceKey: `${KEYS[nth % 6] ?? ''}${(nth * 37) % 100}`,
    deviceId: `${nth % 5 === 0 ? 'sn-' : 'dv_'}${String((nth * 71) % 180).padStart(3, '0')}`,
    status: STATUSES[(nth * 7) % 4] ?? 'online',
    tags: { site: `s${nth % 3}`, line: `l${nth % 17}` },
  }));
}

const keyOf = ({ tenant, productKey, deviceKey }: Shown): string =>
  `${tenant}/${productKey}/${deviceKey}`;

/** Each name once: the pattern gives some twice. */
const FLEET = [...new Map(fleet().map((device) => [keyOf(device), device])).values()];

function eventsOf(device: Shown, from: number): readonly StoredEvent[] {
  const { tenant, productKey, deviceKey, deviceId, status, tags } = device;
  const name = { deviceId, productKey, deviceKey, generation: 1 };
  const secret = { secretOrigin: 'allocated', secretVersion: 1, secretId: 's' };
  const details = { registrationTimeoutSeconds: null, name: null, tags };
  const login = { method: 'static', dialect: 'enos', clientId: 'c', gatewayId: 'g1' };
  const told: [string, object][] = [['DeviceRegistered', { origin: 'api', ...secret, ...details }]];
  if (status !== 'inactive') told.push(['DeviceActivated', login]);
  if (status === 'disabled') told.push(['DeviceDisabled', { reason: null }]);
  const meta = { tenant, subject: null, actor: 'op', correlationId: 'c', causationId: 'c' };
  return told.map(([type, data], nth) => ({
    ...{ id: `${from + nth}`, type, schemaVersion: 1, time: 0, data: { ...name, ...data }, meta },
    stream: deviceStream(tenant, productKey, deviceKey),
    ...{ revision: nth + 1, position: from + nth },
  }));
}

function matches(device: Shown, filter: DeviceFilter): boolean {
  const { tenant, productKey, deviceKey, q, status, tags = {} } = filter;
  return (
    device.tenant === tenant &&
    (productKey === undefined || device.productKey === productKey) &&
    (deviceKey === undefined || device.deviceKey === deviceKey) &&
    (status === undefined || device.status === status) &&
    (q === undefined || device.deviceKey.startsWith(q) || device.deviceId.startsWith(q)) &&
    Object.entries(tags).every(([name, value]) => device.tags[name] === value)
  );
}

/** Every choice of none or one of each. */
function filters(): readonly DeviceFilter[] {
  const parts: readonly object[][] = [
    [{}, { productKey: 'p1' }, { productKey: 'none' }],
    [{}, { deviceKey: 'SN37' }],
    [{}, ...STATUSES.map((status) => ({ status }))],
    [{}, { tags: { site: 's1' } }, { tags: { site: 's1', line: 'l4' } }, { tags: { site: '' } }],
    [{}, ...['s', 'sn-', 'SN3', 'd', 'dv_1', 'dv_17', '@x_5', 'z99', '~'].map((q) => ({ q }))],
  ];
  return parts.reduce<readonly DeviceFilter[]>(
    (found, choices) => found.flatMap((one) => choices.map((choice) => ({ ...one, ...choice }))),
    [{ tenant: 'default' }, { tenant: 'other' }],
  );
}

describe.each(DIALECTS)('the list of devices on %s', (dialect) => {
  let world: ViewWorld;

  beforeAll(async () => {
    world = await openWorld(dialect);
    await world.runner.stop();
    await world.db.write(async (session) => {
      const online = FLEET.filter(({ status }) => status === 'online');
      const rows: SqlValue[][] = online.map((one) => [keyOf(one), 1, 1, 1, 1, 's', 'c', 0, 1]);
      await upsert(session, PRESENCE, rows);
      const events = FLEET.flatMap((device, nth) => eventsOf(device, 1 + 3 * nth));
      await devicesView.apply(session, events, '');
    });
  });
  afterAll(() => world.end());

  const expected = (filter: DeviceFilter): readonly string[] =>
    FLEET.filter((device) => matches(device, filter))
      .map(keyOf)
      .sort((a, b) => (a < b ? -1 : 1));

  it('given any filters together, then it shows what they all hold of, in order', async () => {
    const all = filters();
    // PostgreSQL is asked for less: each costs it several round trips.
    const some = dialect === 'sqlite' ? all : all.filter((_, nth) => nth % 11 === 0);
    await world.db.read(async (session) => {
      for (const filter of some) {
        const part = { after: null, limit: 1_000, budgets: SMALL };
        const keys = await listKeys(session, dialect, filter, part);
        expect(keys, JSON.stringify(filter)).toEqual(expected(filter));
      }
    });
  });

  it('given pages of any size, then they join to the whole list', async () => {
    const some = filters().filter((_, nth) => nth % (dialect === 'sqlite' ? 7 : 37) === 0);
    for (const filter of some)
      for (const limit of [1, 4]) {
        const keys: string[] = [];
        await world.db.read(async (session) => {
          for (let after: string | null = null; ;) {
            const part = { after, limit, budgets: SMALL };
            const page: readonly string[] = await listKeys(session, dialect, filter, part);
            keys.push(...page);
            if (page.length < limit) break;
            after = page.at(-1) ?? null;
          }
        });
        expect(keys, `${limit} ${JSON.stringify(filter)}`).toEqual(expected(filter));
      }
  });
});
