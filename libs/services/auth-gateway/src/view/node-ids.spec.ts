import type { CredentialGone, DeviceCredential, ProductCredential } from '@tallystick/contracts';
import { createInMemoryViewStore } from '@tallystick/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { device, product } from '../fixtures/credentials.ts';
import { foldRecord } from './fold-record.ts';
import { holdersOf } from './node-id-holders.ts';
import { productsWith } from './node-ids.ts';
import { Overlay } from './overlay.ts';
import { asRow, deviceRow, liveDevice, liveProduct, productRow } from './view-rows.ts';

const NODE = 'node_01';
let view: Overlay;
beforeEach(() => (view = new Overlay(createInMemoryViewStore())));

const fold = (...rows: readonly (ProductCredential | DeviceCredential | CredentialGone)[]): void =>
  rows.forEach((row) => void foldRecord(view, row));

const huawei = (productKey: string) => product({ productKey, dialect: 'huawei' });
const node = (productKey: string, over: Partial<DeviceCredential> = {}) =>
  device({ productKey, deviceKey: NODE, deviceId: `${productKey}_${NODE}`, ...over });
const gone = (productKey: string, revision = 2): CredentialGone => ({
  ...{ kind: 'gone', tenant: 'default', productKey, deviceKey: NODE, generation: 1, revision },
  ...{ deviceId: `${productKey}_${NODE}`, position: 9, keyEpoch: 1 },
});

function holders() {
  const lookup = {
    product: (productKey: string) => liveProduct(asRow(view.get(productRow(productKey)))),
    device: (productKey: string, key: string) =>
      liveDevice(asRow(view.get(deviceRow(productKey, key)))),
  };
  const found = holdersOf(lookup, NODE, productsWith(view, NODE));
  if (found.kind === 'none') return [];
  const devices = found.kind === 'one' ? [found.device] : found.devices;
  return devices.map(({ productKey }) => productKey).sort();
}

describe('the devices that a node id means', () => {
  it('are those of huawei products alone, whichever record came first', () => {
    fold(node('a'), huawei('a'), product({ productKey: 'b' }), node('b'));
    expect(holders()).toEqual(['a']);
  });

  it('given that a product changes its dialect, are others at once', () => {
    fold(huawei('a'), node('a'), product({ productKey: 'b' }), node('b'));
    fold({ ...huawei('b'), revision: 2 });
    expect(holders()).toEqual(['a', 'b']);
    fold({ ...product({ productKey: 'a' }), revision: 2 });
    expect(holders()).toEqual(['b']);
  });

  it('given that one is deleted, are the rest, and both again once it is registered anew', () => {
    fold(huawei('a'), huawei('b'), node('a'), node('b'));
    expect(holders()).toEqual(['a', 'b']);
    fold(gone('a'));
    expect(holders()).toEqual(['b']);
    fold(node('a', { generation: 2, revision: 3 }));
    expect(holders()).toEqual(['a', 'b']);
    // One record for a deletion and what followed it.
    fold(node('a', { generation: 3, revision: 5 }));
    expect(holders()).toEqual(['a', 'b']);
  });

  it('given a record that came late, are unchanged', () => {
    fold(huawei('a'), node('a', { revision: 3 }), gone('a', 2));
    expect(holders()).toEqual(['a']);
  });

  it.each([63, 64, 65, 128, 200])('given %i others of its name, are found and lost', (count) => {
    const others = Array.from({ length: count }, (_, i) => `p${i}`);
    fold(huawei('a'), ...others.map((key) => node(key)), node('a'));
    expect(holders()).toEqual(['a']);
    // In an order that empties rows from the front, from the back and from within.
    const order = others.map((key, i) => ({ key, rank: (i * 37) % count }));
    for (const { key } of order.sort((a, b) => a.rank - b.rank)) {
      fold(gone(key));
      expect(holders()).toEqual(['a']);
    }
    expect([...productsWith(view, NODE)]).toEqual(['a']);
    fold(gone('a'));
    expect(
      view.writes().filter(({ key, value }) => key.startsWith('n/') && value !== null),
    ).toEqual([]);
  });

  it('given more than can be told of, are several, and a few are named', () => {
    for (let i = 0; i < 100; i += 1) fold(huawei(`p${i}`), node(`p${i}`));
    expect(holders()).toHaveLength(8);
  });
});
