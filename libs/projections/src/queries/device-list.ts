import { deviceRecordKey } from '@tallystick/contracts';
import type { SqlDatabase, SqlSession } from '@tallystick/ports';
import {
  conditionsOf,
  countUpTo,
  EVERY,
  pickBy,
  rangeOf,
  type Condition,
  type Conditions,
  type Prefix,
  type Range,
} from './device-filter.ts';
import { searchKeys, type Budgets } from './device-search.ts';
import type { DeviceFilter } from './queries.types.ts';

/** Each costs a page some milliseconds at a million devices. */
const BUDGETS: Budgets = {
  few: 4_000,
  firstLook: 1_000,
  look: 4_000,
  keys: 2_000,
  ids: 25_000,
  idsLookedAt: 4_000,
};

interface Part {
  readonly after: string | null;
  readonly limit: number;
  readonly budgets?: Budgets;
}

/**
 * The statements below are written for one way through the indexes each, whose cost is bounded.
 * PostgreSQL would at times guess that sorting or reading everything is cheaper.
 */
const AS_WRITTEN = `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
  set_config('enable_mergejoin', 'off', true), set_config('enable_bitmapscan', 'off', true)`;

function partOf({ tenant, productKey }: DeviceFilter, after: string | null): Range {
  const prefix = productKey === undefined ? `${tenant}/` : `${tenant}/${productKey}/`;
  const range = rangeOf(prefix);
  return after !== null && after > range.after ? { ...range, after } : range;
}

interface Ordered {
  readonly inOrder: Conditions;
  /** So few that each is looked at. */
  readonly few: boolean;
}

/** The condition that picks the fewest rows first. */
async function fewestFirst(
  session: SqlSession,
  filter: DeviceFilter,
  range: Range,
  most: number,
): Promise<Ordered> {
  const [only = EVERY, ...more] = conditionsOf(filter);
  if (only === EVERY || (more.length === 0 && filter.q === undefined))
    return { inOrder: [only], few: false };
  const counted: (readonly [Condition, number])[] = [];
  for (const condition of [only, ...more])
    counted.push([condition, await countUpTo(session, condition, range, most)]);
  const [[first, fewest] = [only, most], ...others] = counted.sort(([, a], [, b]) => a - b);
  return { inOrder: [first, ...others.map(([condition]) => condition)], few: fewest < most };
}

/** Its own row is looked at, whatever else is asked. */
async function oneName(
  session: SqlSession,
  filter: DeviceFilter & { readonly productKey: string; readonly deviceKey: string },
  { range, prefix }: { readonly range: Range; readonly prefix: Prefix },
): Promise<readonly string[]> {
  const { tenant, productKey, deviceKey } = filter;
  const key = deviceRecordKey(tenant, productKey, deviceKey);
  const name = { table: 'devices', holds: '$.name_key = ?', params: [key] };
  return pickBy(session, [name, ...conditionsOf(filter)], { prefix, range, limit: 2 });
}

/** The name keys of up to `limit` devices after `after`, in order. */
export async function listKeys(
  session: SqlSession,
  dialect: SqlDatabase['dialect'],
  filter: DeviceFilter,
  { after, limit, budgets = BUDGETS }: Part,
): Promise<readonly string[]> {
  if (dialect === 'postgres') await session.all(AS_WRITTEN);
  const { tenant, productKey, deviceKey, q } = filter;
  const range = partOf(filter, after);
  const prefix = { q, dialect };
  if (productKey !== undefined && deviceKey !== undefined)
    return oneName(session, { ...filter, productKey, deviceKey }, { range, prefix });
  const conditions = await fewestFirst(session, filter, range, budgets.few);
  if (q === undefined || conditions.few)
    return pickBy(session, conditions.inOrder, { prefix, range, limit });
  return searchKeys(session, {
    ...{ tenant, productKey, q, dialect, range, limit, budgets },
    conditions: conditions.inOrder,
  });
}
