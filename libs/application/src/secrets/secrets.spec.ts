import { randomBytes, randomUUID } from 'node:crypto';
import { isPortError } from '@tallystick/kernel';
import type { Ids, SealedSecret, SecretStore } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { createInMemorySecretStore } from '@tallystick/test-kit';
import {
  createDistributionOpener,
  createDistributionSealer,
  createSecretVault,
  parseGatewayKeys,
  parseKeyRing,
  type GatewayKeys,
  type KeyRing,
} from './index.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
const clock = { now: () => 1_800_000_000_000, monotonicMs: () => 0 };
const ids: Ids = {
  uuid: () => randomUUID(),
  deviceId: () => 'dv_00000000000000000000000000',
  token: (length) => 'A'.repeat(length),
  bytes: (length) => randomBytes(length),
};

function ring(...fills: readonly number[]): KeyRing {
  const keys = fills.map((fill) => ({ id: `k${fill}`, key: key(fill) }));
  const parsed = parseKeyRing(JSON.stringify({ keys }));
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function epochs(...numbers: readonly number[]): GatewayKeys {
  const list = numbers.map((epoch) => ({ epoch, key: key(epoch) }));
  const parsed = parseGatewayKeys(JSON.stringify({ epochs: list }));
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function secretStore(): SecretStore & { readonly rows: Map<string, SealedSecret> } {
  const rows = new Map<string, SealedSecret>();
  return { rows, ...createInMemorySecretStore(rows) };
}

describe('the vault', () => {
  it('opens what it sealed, and leaves unknown ids out', async () => {
    const store = secretStore();
    const vault = createSecretVault({ store, keyRing: ring(1), ids, clock });
    const rows = vault.seal('device/default/pk/dk', [text('first one'), text('second')]);
    await vault.put(rows);
    const [one, two] = rows.map(({ secretId }) => secretId);
    const opened = await vault.open([one ?? '', two ?? '', 'unknown']);
    expect([...opened.values()].map((bytes) => Buffer.from(bytes).toString())).toEqual([
      'first one',
      'second',
    ]);
  });

  it('never writes the plaintext, and no two rows alike', () => {
    const vault = createSecretVault({ store: secretStore(), keyRing: ring(1), ids, clock });
    const [a, b] = vault.seal('o', [text('the secret'), text('the secret')]);
    expect(Buffer.from(a?.sealed ?? []).toString('latin1')).not.toContain('secret');
    expect(a?.sealed).not.toEqual(b?.sealed);
  });

  it('opens rows of an older key after the ring has a newer one, and seals under the newer', async () => {
    const store = secretStore();
    await store.insert(
      createSecretVault({ store, keyRing: ring(1), ids, clock }).seal('o', [text('old')]),
    );
    const rotated = createSecretVault({ store, keyRing: ring(2, 1), ids, clock });
    expect((await rotated.open([...store.rows.keys()])).size).toBe(1);
    expect(rotated.seal('o', [text('new')])[0]?.keyId).toBe('k2');
  });

  it.each([
    ['moved to another owner', (row: SealedSecret) => ({ ...row, owner: 'other' })],
    ['moved under another id', (row: SealedSecret) => ({ ...row, secretId: 'other' })],
    ['of a key that is not in the ring', (row: SealedSecret) => ({ ...row, keyId: 'k9' })],
    ['cut short', (row: SealedSecret) => ({ ...row, sealed: row.sealed.subarray(0, 20) })],
  ])('calls a row corrupt that was %s', async (_, spoil) => {
    const store = secretStore();
    const vault = createSecretVault({ store, keyRing: ring(1), ids, clock });
    await store.insert(vault.seal('o', [text('secret')]).map(spoil));
    const opened = vault.open([...store.rows.keys()]);
    await expect(opened).rejects.toSatisfy((error) => isPortError(error, 'corrupt'));
  });

  it('seals blobs that open in their context alone', () => {
    const vault = createSecretVault({ store: secretStore(), keyRing: ring(1), ids, clock });
    const sealed = vault.sealBlob('plan|k', text('{"a":1}'));
    expect(Buffer.from(vault.openBlob('plan|k', sealed)).toString()).toBe('{"a":1}');
    expect(() => vault.openBlob('reply|k', sealed)).toThrow('does not open');
    expect(() => vault.openBlob('plan|k', sealed.subarray(0, 30))).toThrow('does not open');
  });
});

describe('distribution', () => {
  const [epochKey] = epochs(2);
  const sealer = createDistributionSealer({ epochKey, ids });
  const opener = createDistributionOpener(epochs(2, 1));

  it('opens at a gateway for the same record, life, version and epoch', () => {
    const sealed = sealer.seal('default/pk/dk', 1, 3, text('secret'));
    expect(sealer.keyEpoch).toBe(2);
    const opened = opener.open('default/pk/dk', 1, 3, 2, sealed);
    expect(Buffer.from(opened ?? []).toString()).toBe('secret');
  });

  it.each([
    ['another record', 'default/pk/other', 1, 3, 2],
    ['another life', 'default/pk/dk', 2, 3, 2],
    ['another version', 'default/pk/dk', 1, 4, 2],
    ['another epoch', 'default/pk/dk', 1, 3, 1],
    ['an epoch it does not hold', 'default/pk/dk', 1, 3, 9],
  ])('does not open for %s', (_, record, generation, version, epoch) => {
    const sealed = sealer.seal('default/pk/dk', 1, 3, text('secret'));
    expect(opener.open(record, generation, version, epoch, sealed)).toBeNull();
  });

  it('does not open what is no sealed secret', () => {
    expect(opener.open('default/pk/dk', 1, 3, 2, 'AAAA')).toBeNull();
  });
});

describe('key files', () => {
  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['no list', '{}'],
    ['an empty list', '{"keys":[]}'],
    ['an entry that is none', '{"keys":[1]}'],
    ['a short key', '{"keys":[{"id":"k1","key":"AAAA"}]}'],
    ['no id', `{"keys":[{"key":"${key(1)}"}]}`],
    ['two of one id', JSON.stringify({ keys: [1, 2].map((n) => ({ id: 'k', key: key(n) })) })],
  ])('a key ring is refused with %s', (_, json) => {
    expect(parseKeyRing(json)).toMatchObject({ ok: false, error: { code: 'key-file-malformed' } });
  });

  it('gateway keys are refused with an epoch that is no number', () => {
    expect(parseGatewayKeys(`{"epochs":[{"epoch":"1","key":"${key(1)}"}]}`).ok).toBe(false);
  });
});
