import type { DeviceFilter } from '@tallystick/projections';
import { deviceIdOf, deviceKeyOf, productOf, type FleetShape } from './fleet-log.ts';

/** One way to ask for a page. */
export interface ListCase {
  readonly name: string;
  readonly kind: 'list' | 'search';
  readonly filter: DeviceFilter;
  readonly cursor: string | null;
}

const tenant = 'default';
const STATUSES = ['inactive', 'online', 'offline', 'disabled'] as const;
/** Prefixes are as long as people type. */
const LONGEST = 12;

const toCursor = (...place: string[]): string =>
  Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');

/** Random by a fixed seed: every run asks the same. */
function* numbers(): Generator<number> {
  for (let state = 42; ; state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) yield state;
}

function plainOf(name: string, filter: object, deep: string): readonly ListCase[] {
  const all = { tenant, ...filter };
  return [
    { ...{ name, kind: 'list' as const, filter: all }, cursor: null },
    { ...{ name: `${name}, deep`, kind: 'list' as const, filter: all }, cursor: deep },
  ];
}

/** The cases of one turn: every kind of question once, each of another device. */
function* turn(shape: FleetShape, pick: () => number): Generator<ListCase> {
  const index = pick() % shape.devices;
  const productKey = productOf(index, shape);
  const deviceKey = deviceKeyOf(index);
  const other = pick() % shape.devices;
  const deep = toCursor(productOf(other, shape), deviceKeyOf(other));
  const status = STATUSES[pick() % STATUSES.length] ?? 'online';
  const site = { tags: { site: `site-${pick() % 50}` } };
  const line = { tags: { line: `line-${pick() % 7_919}` } };
  yield* plainOf('all', {}, deep);
  yield* plainOf('product', { productKey }, toCursor(productKey, deviceKeyOf(other)));
  yield* plainOf('device key', { deviceKey }, deep);
  yield* plainOf(`status ${status}`, { status }, deep);
  yield* plainOf('tag of many', site, deep);
  yield* plainOf('tag of few', line, deep);
  yield* plainOf('status, product', { status, productKey }, deep);
  yield* plainOf('status, tag', { status, ...site }, deep);
  yield* plainOf('tag, product', { ...site, productKey }, deep);
  yield* plainOf('two tags', { tags: { ...site.tags, ...line.tags } }, deep);
  const length = 1 + (pick() % LONGEST);
  for (const [what, text] of [
    ['key', deviceKey],
    ['id', deviceIdOf(index)],
  ] as const) {
    const q = text.slice(0, length);
    const asked = { key: `q of ${what}, ${q.length}`, filter: { tenant, q } };
    for (const [name, more] of [
      ['', {}],
      [', product', { productKey }],
      [', status', { status }],
      [', tag', site],
      [', tag, product', { ...site, productKey }],
    ] as const) {
      const filter = { ...asked.filter, ...more };
      yield { name: `${asked.key}${name}`, kind: 'search', filter, cursor: null };
      if (name === '') yield { name: `${asked.key}, deep`, kind: 'search', filter, cursor: deep };
    }
  }
}

export function* listCases(shape: FleetShape, turns: number): Generator<ListCase> {
  const source = numbers();
  const pick = (): number => Math.floor((source.next().value ?? 0) / 7);
  for (let nth = 0; nth < turns; nth += 1) yield* turn(shape, pick);
}
