import { deviceStream, productStream } from '@tallystick/contracts';
import type { DeviceEvent, ProductEvent } from '@tallystick/domain';
import type { JsonObject } from '@tallystick/kernel';
import type { EventStore, StoredEvent } from '@tallystick/ports';

type Data<Event extends { readonly type: string }, Type extends Event['type']> = Omit<
  Extract<Event, { readonly type: Type }> extends { readonly data: infer D } ? D : never,
  'deviceId' | 'productKey' | 'deviceKey' | 'generation'
>;

const DEFAULTS = { productKey: 'pk', generation: 1 };

/**
 * A log that specs write with the domain's own events: positions and revisions as the store gives
 * them.
 */
export class LogBuilder implements Pick<EventStore, 'readStream' | 'readAll'> {
  readonly events: StoredEvent[] = [];
  reads = 0;

  device<Type extends DeviceEvent['type']>(
    deviceKey: string,
    type: Type,
    data: Data<DeviceEvent, Type>,
    generation = 1,
  ): StoredEvent {
    const deviceId = `id-${deviceKey}-${generation}`;
    const named = { ...DEFAULTS, deviceId, deviceKey, generation, ...data };
    return this.#append(deviceStream('default', 'pk', deviceKey), type, named, deviceId);
  }

  product<Type extends ProductEvent['type']>(
    type: Type,
    data: Data<ProductEvent, Type>,
  ): StoredEvent {
    return this.#append(productStream('pk'), type, { productKey: 'pk', ...data }, null);
  }

  other(stream: string, type: string, schemaVersion = 1): StoredEvent {
    return this.#append(stream, type, {}, null, schemaVersion);
  }

  registered(deviceKey: string, generation = 1, origin: 'api' | 'claim' = 'api'): StoredEvent {
    const secretId = `secret-${deviceKey}-${generation}`;
    return this.device(
      deviceKey,
      'DeviceRegistered',
      {
        origin,
        secretOrigin: 'allocated',
        registrationTimeoutSeconds: null,
        name: null,
        tags: {},
        secretVersion: 1,
        secretId,
      },
      generation,
    );
  }

  readStream = (stream: string, fromRevision = 1): Promise<readonly StoredEvent[]> => {
    this.reads += 1;
    const found = this.events.filter(
      (event) => event.stream === stream && event.revision >= fromRevision,
    );
    return Promise.resolve(found);
  };

  readAll: EventStore['readAll'] = ({ after, limit }) => {
    const events = this.events.slice(after, after + limit);
    const head = this.events.length;
    return Promise.resolve({ events, head, through: events.at(-1)?.position ?? head });
  };

  #append(
    stream: string,
    type: string,
    data: object,
    subject: string | null,
    schemaVersion = 1,
  ): StoredEvent {
    const position = this.events.length + 1;
    const revision = this.events.filter((event) => event.stream === stream).length + 1;
    const id = `event-${position}`;
    const meta = {
      tenant: 'default',
      subject,
      actor: 'token:first',
      correlationId: `correlation-${position}`,
      causationId: `causation-${position}`,
    };
    const time = 1_800_000_000_000 + position;
    const written = { id, type, schemaVersion, time, meta, stream, revision, position };
    const stored: StoredEvent = { ...written, data: data as JsonObject };
    this.events.push(stored);
    return stored;
  }
}
