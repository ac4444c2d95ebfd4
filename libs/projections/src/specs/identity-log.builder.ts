import { deviceStream, productStream } from '@tallystick/contracts';
import type { DeviceEvent, ProductEvent } from '@tallystick/domain';
import type { JsonObject } from '@tallystick/kernel';
import type { EventOrigin, EventStore } from '@tallystick/ports';
import { createFixedClock, createSeededIds } from '@tallystick/test-kit';

type Data<Event extends { readonly type: string; readonly data: object }> = Event['data'];
type EventOf<T> = Extract<DeviceEvent, { type: T }>;
type OwnData<T extends DeviceEvent['type']> = Omit<
  Data<EventOf<T>>,
  'deviceId' | 'productKey' | 'deviceKey' | 'generation'
>;

/** Writes the registry's events, as short as a test wants to say them. */
export class IdentityLog {
  readonly #store: EventStore;
  readonly #ids = createSeededIds();
  readonly #revisions = new Map<string, number>();
  readonly clock = createFixedClock();

  constructor(store: EventStore) {
    this.#store = store;
  }

  async append(
    stream: string,
    type: string,
    data: JsonObject,
    origin?: EventOrigin,
  ): Promise<number> {
    const id = this.#ids.uuid();
    const revision = this.#revisions.get(stream) ?? 0;
    this.clock.advance(1);
    const meta = {
      tenant: 'default',
      subject: typeof data['deviceId'] === 'string' ? data['deviceId'] : null,
      actor: 'op',
      correlationId: id,
      causationId: id,
      ...(origin === undefined ? {} : { origin }),
    };
    const event = { id, type, schemaVersion: 1, time: this.clock.now(), data, meta };
    const appended = await this.#store.append([
      { stream, expectedRevision: revision, events: [event] },
    ]);
    if (!appended.ok) throw new Error(appended.error.code);
    this.#revisions.set(stream, revision + 1);
    return appended.value.position;
  }

  product(productKey: string, policy: JsonObject = {}): Promise<number> {
    return this.onProduct(productKey, 'ProductCreated', {
      tenant: 'default',
      name: productKey,
      dialect: 'auto',
      dynamicActivation: false,
      registrationFree: false,
      maxUnits: 5,
      silenceSeconds: null,
      silenceCounts: 'packet',
      certificateRequired: false,
      resetKeepsSecret: true,
      registerRotatesSecret: false,
      secretVersion: 1,
      secretId: 'sp1',
      ...policy,
    });
  }

  onProduct(productKey: string, type: ProductEvent['type'], data: JsonObject): Promise<number> {
    return this.append(productStream(productKey), type, { productKey, ...data });
  }

  /** A name with a secret of its own. */
  device(
    deviceKey: string,
    data: Partial<OwnData<'DeviceRegistered'>> = {},
    life: JsonObject = {},
    origin?: EventOrigin,
  ): Promise<number> {
    const details = {
      origin: 'api',
      secretOrigin: 'allocated',
      registrationTimeoutSeconds: null,
      name: null,
      tags: {},
      secretVersion: 1,
      secretId: `s-${deviceKey}`,
    } as const;
    return this.on(deviceKey, 'DeviceRegistered', { ...details, ...data }, life, origin);
  }

  /** A name that is entered by claims. */
  claimed(deviceKey: string): Promise<number> {
    return this.device(deviceKey, {
      origin: 'claim',
      secretOrigin: 'none',
      secretVersion: 0,
      secretId: null,
    });
  }

  unit(deviceKey: string, clientId: string): Promise<number> {
    return this.on(deviceKey, 'ClientIdClaimed', {
      clientId,
      tokenHash: '00',
      gatewayId: 'g1',
      dialect: 'alibaba',
    });
  }

  on<T extends DeviceEvent['type']>(
    deviceKey: string,
    type: T,
    data: OwnData<T>,
    life: JsonObject = {},
    origin?: EventOrigin,
  ): Promise<number> {
    const name = {
      deviceId: `id-${deviceKey}`,
      productKey: 'p1',
      deviceKey,
      generation: 1,
      ...life,
    };
    return this.append(
      deviceStream('default', 'p1', deviceKey),
      type,
      {
        ...name,
        ...data,
      } as unknown as JsonObject,
      origin,
    );
  }
}
