import { createSecretKey, type KeyObject } from 'node:crypto';
import { PortError } from '@tallystick/kernel';
import type { Clock, Ids, SealedSecret, SecretStore } from '@tallystick/ports';
import { NONCE_BYTES, openBytes, sealBytes } from './aes-gcm.ts';
import type { KeyRing } from './key-files.ts';

export interface SecretVaultDeps {
  readonly store: SecretStore;
  readonly keyRing: KeyRing;
  readonly ids: Ids;
  readonly clock: Clock;
}

/**
 * The hierarchy of truth: secrets at rest, each call under a data key of its own, which the key
 * ring wraps.
 */
export interface SecretVault {
  /**
   * Seals secrets of an owner (a stream), each under its secret id or a fresh one, in their order.
   * Makes no copy for the gateways and writes nothing.
   */
  seal(
    owner: string,
    plaintexts: readonly Uint8Array[],
    secretIds?: readonly string[],
  ): readonly SealedSecret[];
  /** Writes what {@link seal} made; always before the event that names it. */
  put(rows: readonly SealedSecret[]): Promise<void>;
  /** In no particular order; ids that are unknown or erased are left out. */
  find(secretIds: readonly string[]): Promise<readonly SealedSecret[]>;
  /** PortError `corrupt` where it does not open. */
  openRow(row: SealedSecret): Uint8Array;
  /** Finds and opens, by secret id. */
  open(secretIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Seals bytes that are kept elsewhere (plans, replies). They open under the same context alone.
   */
  sealBlob(context: string, plaintext: Uint8Array): Uint8Array;
  /** PortError `corrupt` where it does not open. */
  openBlob(context: string, sealed: Uint8Array): Uint8Array;
}

const WRAPPED_BYTES = 12 + 32 + 16;

const corrupt = (what: string): PortError =>
  new PortError('corrupt', `${what} does not open under the key ring`);

type Wrapping = ReturnType<typeof createWrapping>;

function createWrapping({ keyRing, ids }: SecretVaultDeps) {
  const byId = new Map(keyRing.map(({ id, key }) => [id, key]));
  const [newest] = keyRing;
  return {
    fresh(owner: string): { dataKey: KeyObject; wrapped: Buffer; keyId: string } {
      const bytes = ids.bytes(32);
      const wrapped = sealBytes(newest.key, ids.bytes(NONCE_BYTES), `wrap|${owner}`, bytes);
      return { dataKey: createSecretKey(bytes), wrapped, keyId: newest.id };
    },
    unwrap(owner: string, keyId: string, wrapped: Uint8Array): KeyObject | null {
      const ringKey = byId.get(keyId);
      const bytes = ringKey === undefined ? null : openBytes(ringKey, `wrap|${owner}`, wrapped);
      return bytes === null ? null : createSecretKey(bytes);
    },
  };
}

/** One byte: length of the key id; the key id; the wrapped data key (60); then the sealed bytes. */
function createBlobs(ids: Ids, wrapping: Wrapping): Pick<SecretVault, 'sealBlob' | 'openBlob'> {
  return {
    sealBlob(context, plaintext) {
      const { dataKey, wrapped, keyId } = wrapping.fresh(context);
      const sealed = sealBytes(dataKey, ids.bytes(NONCE_BYTES), `blob|${context}`, plaintext);
      const name = Buffer.from(keyId, 'utf8');
      return Buffer.concat([Buffer.of(name.length), name, wrapped, sealed]);
    },
    openBlob(context, sealed) {
      const nameEnd = 1 + (sealed[0] ?? 0);
      const keyId = Buffer.from(sealed.subarray(1, nameEnd)).toString('utf8');
      const bodyStart = nameEnd + WRAPPED_BYTES;
      const dataKey = wrapping.unwrap(context, keyId, sealed.subarray(nameEnd, bodyStart));
      const plaintext =
        dataKey && openBytes(dataKey, `blob|${context}`, sealed.subarray(bodyStart));
      if (plaintext === null) throw corrupt('a stored reply');
      return plaintext;
    },
  };
}

export function createSecretVault(deps: SecretVaultDeps): SecretVault {
  const { store, ids, clock } = deps;
  const wrapping = createWrapping(deps);

  function openRow(row: SealedSecret): Uint8Array {
    const dataKey = wrapping.unwrap(row.owner, row.keyId, row.wrappedDataKey);
    if (dataKey === null) throw corrupt(`the data key of secret ${row.secretId}`);
    const plaintext = openBytes(dataKey, `${row.owner}|${row.secretId}`, row.sealed);
    if (plaintext === null) throw corrupt(`secret ${row.secretId}`);
    return plaintext;
  }

  const find: SecretVault['find'] = async (secretIds) =>
    secretIds.length === 0 ? [] : store.find(secretIds);

  return {
    ...createBlobs(ids, wrapping),
    seal(owner, plaintexts, secretIds = []) {
      const { dataKey, wrapped, keyId } = wrapping.fresh(owner);
      const createdAt = clock.now();
      return plaintexts.map((plaintext, index) => {
        const secretId = secretIds[index] ?? ids.uuid();
        const nonce = ids.bytes(NONCE_BYTES);
        const sealed = sealBytes(dataKey, nonce, `${owner}|${secretId}`, plaintext);
        const row = { secretId, owner, sealed, wrappedDataKey: wrapped, keyId, createdAt };
        return { ...row, forGateways: null };
      });
    },
    put: (rows) => store.insert(rows),
    find,
    openRow,
    async open(secretIds) {
      const rows = await find(secretIds);
      return new Map(rows.map((row) => [row.secretId, openRow(row)]));
    },
  };
}
