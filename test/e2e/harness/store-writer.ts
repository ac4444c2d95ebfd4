import { createSecretKey } from 'node:crypto';
import {
  createDistributionSealer,
  createSecretVault,
  sealGatewayCopy,
  type DistributionSealer,
  type SecretVault,
} from '@tallystick/application';
import { deviceRecordKey, deviceStream } from '@tallystick/contracts';
import type { JsonObject } from '@tallystick/kernel';
import type { EventStore, NewEvent, StreamAppend } from '@tallystick/ports';
import type { OpenedEventStore } from '@tallystick/event-store';
import { systemClock, systemIds } from '@tallystick/services-edge';

const PER_APPEND = 20;

/** Writes whole lives of devices straight into the store, as fast as it takes them. */
export class StoreWriter {
  readonly keys: string[] = [];
  readonly #vault: SecretVault;
  readonly #sealer: DistributionSealer;
  readonly #store: EventStore;
  #going: Promise<void> | null = null;
  #stopping = false;

  /** The key of both hierarchies, as `relay-process.ts` has it. */
  constructor(opened: OpenedEventStore, secretsKey: string) {
    const key = createSecretKey(Buffer.from(secretsKey, 'base64'));
    const keyRing = [{ id: 'k1', key }] as const;
    const deps = { store: opened.secrets, keyRing, ids: systemIds, clock: systemClock };
    this.#vault = createSecretVault(deps);
    this.#sealer = createDistributionSealer({ epochKey: { epoch: 1, key }, ids: systemIds });
    this.#store = opened.store;
  }

  start(): void {
    this.#stopping = false;
    this.#going = this.#write();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#going;
  }

  async #write(): Promise<void> {
    while (!this.#stopping) {
      const keys = Array.from({ length: PER_APPEND }, (_, n) => `d${this.keys.length + n}`);
      this.keys.push(...keys);
      await this.#append(await Promise.all(keys.map((key) => this.#registration(key))));
      await this.#append(keys.map((key) => this.#next(key, 1, 'DeviceDisabled', { reason: null })));
      await this.#append(keys.map((key) => this.#next(key, 2, 'DeviceEnabled', {})));
      const odd = keys.filter((_, n) => n % 2 === 1);
      await this.#append(odd.map((key) => this.#next(key, 3, 'DeviceDeleted', {})));
    }
  }

  async #append(batch: readonly StreamAppend[]): Promise<void> {
    const appended = await this.#store.append(batch);
    if (!appended.ok) throw new Error(appended.error.code);
  }

  async #registration(deviceKey: string): Promise<StreamAppend> {
    const plaintext = Buffer.from(systemIds.token(22));
    const [row] = this.#vault.seal(deviceStream('default', 'pk', deviceKey), [plaintext]);
    if (row === undefined) throw new Error('the vault sealed nothing');
    const recordKey = deviceRecordKey('default', 'pk', deviceKey);
    const sealedFor = { recordKey, generation: 1, version: 1 };
    const forGateways = sealGatewayCopy(this.#sealer, sealedFor, plaintext);
    await this.#vault.put([{ ...row, forGateways }]);
    return this.#next(deviceKey, 0, 'DeviceRegistered', {
      origin: 'api',
      secretOrigin: 'allocated',
      registrationTimeoutSeconds: null,
      name: null,
      tags: {},
      secretVersion: 1,
      secretId: row.secretId,
    });
  }

  #next(deviceKey: string, revision: number, type: string, data: JsonObject): StreamAppend {
    const deviceId = `id-${deviceKey}`;
    const id = systemIds.uuid();
    const event: NewEvent = {
      id,
      type,
      schemaVersion: 1,
      time: systemClock.now(),
      data: { deviceId, productKey: 'pk', deviceKey, generation: 1, ...data },
      meta: {
        tenant: 'default',
        subject: deviceId,
        actor: 'spec',
        correlationId: id,
        causationId: id,
      },
    };
    const stream = deviceStream('default', 'pk', deviceKey);
    return { stream, expectedRevision: revision, events: [event] };
  }
}
