import { bootstrapUpTopic, toBootstrapDown } from '@tallystick/dialects';
import type { DeviceSession, OutgoingMessage } from '@tallystick/ports';
import type { Promotions } from '../claims/promotions.ts';
import type { SecretFetches } from '../claims/secret-fetches.ts';
import type { DeviceIdentity } from '../gateway.types.ts';
import type { TelemetrySink } from '../uplink/telemetry-sink.ts';
import type { ToldLater } from './told-later.ts';

export interface MessagesParts {
  readonly fetches: SecretFetches;
  readonly promotions: Promotions;
  readonly telemetry: TelemetrySink;
  /** See DeviceListener. */
  readonly send: (sessionId: string, message: OutgoingMessage) => boolean;
  /** `host:port` where devices connect. */
  readonly deviceAddress: () => string;
}

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
}
type Session = DeviceSession<DeviceIdentity>;

/** Where a device's messages go: what the platform itself answers is no telemetry. */
export class Messages {
  readonly #parts: MessagesParts;
  readonly #toldLater: ToldLater;

  constructor(parts: MessagesParts, toldLater: ToldLater) {
    this.#parts = parts;
    this.#toldLater = toldLater;
  }

  published(session: Session, message: Message, done: (accepted: boolean) => void): void {
    const fetch = this.#parts.fetches.of(session.identity);
    if (fetch === undefined && !this.#isBootstrap(session, message))
      return this.#parts.telemetry.add(session.identity, message, done);
    done(true);
    if (fetch === undefined) return this.#tellAddress(session);
    if (!this.#parts.fetches.mayFetch(fetch)) return;
    const step = this.#parts.fetches.said(session, fetch, message.topic, message.payload);
    if (step === 'confirmed') this.#parts.promotions.confirmed(session, fetch);
    // Nothing was pushed at once: the device has its answer only now.
    if (step === 'delivered') this.#toldLater.answered(session.identity);
  }

  #isBootstrap({ identity }: Session, { topic }: Message): boolean {
    return identity.dialect === 'huawei' && topic === bootstrapUpTopic(identity.deviceId);
  }

  /** It has its secret: it logged in with it. */
  #tellAddress({ sessionId, identity }: Session): void {
    const address = this.#parts.deviceAddress();
    const down = toBootstrapDown(identity.deviceId, { address, deviceSecret: null });
    this.#parts.send(sessionId, down);
  }
}
