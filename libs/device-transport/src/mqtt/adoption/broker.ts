import { Aedes, type AedesOptions, type AedesPublishPacket, type Client } from 'aedes';
import { PortError } from '@tallystick/kernel';
import type { MqttLimits, SessionTableLimits } from '../limits.ts';
import { AdoptedClient, type BrokerInternals, type ClientInternals } from './adopted-client.ts';
import { AdoptedStream, type AdoptionOwner } from './adopted-stream.ts';
import { RetainedMessages, type RetainedMessage } from './retained-messages.ts';

/** The adoption relies on internals: no other version will do. */
const AEDES_VERSION = '1.2.0';

export interface RoutedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/**
 * aedes, reduced to what the own engine does not do. It stays for what needs a broker's state:
 * - QoS 2, both ways: the handshake is aedes', and a session is adopted for it;
 * - topics that a policy opens (`Admission.isShared`; no product has one yet): aedes routes them
 *   between sessions, and wills on them to whoever subscribed;
 * - retained messages: `retained-messages` bounds and finds those of a session key, aedes gives out
 *   those of shared topics.
 * Everything else is the own engine's: a session in its own namespace never enters aedes, for a
 * CONNECT costs two thirds of what it costs in aedes alone (figures: the repository's README).
 */
export interface Broker {
  /** Sessions inside aedes now. */
  readonly adopted: number;
  adopt(owner: AdoptionOwner): AdoptedClient;
  /**
   * A message its authority has accepted: to the subscribers in aedes, and kept if it is to be
   * retained.
   */
  route(sessionKey: string, message: RoutedMessage): void;
  /** Retained messages of a session key that a filter selects. */
  retained(filter: string, sessionKey: string): RetainedMessage[];
  close(): Promise<void>;
}

interface PublishFunction {
  (packet: { topic: string }, client: unknown, done?: unknown): void;
}

const isCallback = (word: unknown): word is () => void => typeof word === 'function';

const ownerOf = (client: Client | null): AdoptionOwner | null => {
  const stream: unknown = client?.conn;
  return stream instanceof AdoptedStream ? stream.owner : null;
};

/** Patches of one broker instance; each stands for a fault named in the README. */
function harden(broker: Aedes): void {
  const clients = new Map<string, ClientInternals>();
  const { clients: table } = broker as unknown as { readonly clients: Record<string, unknown> };
  Object.assign(broker, {
    registerClient(client: ClientInternals): void {
      if (client.closed) return;
      broker.connectedClients += 1;
      clients.set(client.id, client);
      table[client.id] = client;
    },
    unregisterClient(client: ClientInternals): void {
      if (clients.get(client.id) !== client) return;
      broker.connectedClients -= 1;
      clients.delete(client.id);
      delete table[client.id];
    },
  } satisfies BrokerInternals & Record<string, unknown>);
  const publish = broker.publish.bind(broker) as PublishFunction;
  Object.assign(broker, {
    publish: ((packet, client, done) => {
      if (!packet.topic.startsWith('$SYS/')) {
        publish(packet, client, done);
        return;
      }
      const callback = isCallback(client) ? client : done;
      if (isCallback(callback)) callback();
    }) satisfies PublishFunction,
  });
  const ignore = (): void => undefined;
  broker.on('clientError', ignore);
  broker.on('connectionError', ignore);
}

function hooksOf(retained: RetainedMessages): AedesOptions {
  return {
    // Nothing but an adoption may reach `handle`.
    authenticate: (_client, _username, _password, done) => {
      done(null, false);
    },
    authorizePublish: (client, packet, done) => {
      const owner = ownerOf(client);
      if (owner === null) {
        done(new Error('not adopted'));
        return;
      }
      if (packet.retain) {
        packet.payload = Buffer.from(packet.payload);
        const { topic, payload, qos } = packet;
        packet.retain = owner.mayRetain && retained.take(owner.sessionKey, { topic, payload, qos });
      }
      done(null);
    },
    published: (packet: AedesPublishPacket, client, done) => {
      const owner = ownerOf(client as Client | null);
      if (owner === null) {
        done(null);
        return;
      }
      owner.uplink({ topic: packet.topic, payload: Buffer.from(packet.payload) }, (ok) => {
        done(ok ? null : new Error('not accepted'));
      });
    },
  };
}

class AedesBroker implements Broker {
  readonly #aedes: Aedes;
  readonly #retained: RetainedMessages;

  constructor(aedes: Aedes, retained: RetainedMessages) {
    this.#aedes = aedes;
    this.#retained = retained;
  }

  get adopted(): number {
    return this.#aedes.connectedClients;
  }

  adopt(owner: AdoptionOwner): AdoptedClient {
    return new AdoptedClient(this.#aedes, owner);
  }

  route(sessionKey: string, message: RoutedMessage): void {
    const { topic, qos } = message;
    const payload = Buffer.from(message.payload);
    const retain = message.retain && this.#retained.take(sessionKey, { topic, payload, qos });
    this.#aedes.publish(
      { cmd: 'publish', dup: false, topic, payload, qos, retain },
      () => undefined,
    );
  }

  retained(filter: string, sessionKey: string): RetainedMessage[] {
    return this.#retained.matching(filter, sessionKey);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#aedes.close(() => {
        resolve();
      });
    });
  }
}

export async function openBroker(
  id: string,
  limits: MqttLimits,
  tableLimits: SessionTableLimits,
): Promise<Broker> {
  const retained = new RetainedMessages(tableLimits);
  const aedes = new Aedes({
    id,
    ...hooksOf(retained),
    maxInflightInbound: limits.inboundQos2,
    heartbeatInterval: 3_600_000,
  });
  const version: unknown = 'version' in aedes ? aedes.version : undefined;
  if (version !== AEDES_VERSION) {
    throw new PortError(
      'misconfigured',
      `aedes ${AEDES_VERSION} expected, ${String(version)} found`,
    );
  }
  harden(aedes);
  await aedes.listen();
  return new AedesBroker(aedes, retained);
}
