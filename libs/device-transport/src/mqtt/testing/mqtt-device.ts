import type { Duplex } from 'node:stream';
import type { SpecClaim, SpecDevice } from '@tallystick/test-kit';
import { connectBytes, publishBytes, type RawClient, subscribeBytes } from './raw-client.ts';
import { waitUntil } from './wait-until.ts';

/** A device of the suite of device listeners, whatever carries its MQTT. */
export class MqttDevice implements SpecDevice {
  readonly answer: SpecDevice['answer'];
  readonly vanish: () => void;
  readonly #client: RawClient<Duplex>;
  #messageId = 0;

  constructor(client: RawClient<Duplex>, claim: SpecClaim, vanish: () => void) {
    this.#client = client;
    this.vanish = vanish;
    client.send(connectBytes({ ...claim, keepalive: 0 }));
    this.answer = this.#answered();
  }

  async #answered(): ReturnType<() => SpecDevice['answer']> {
    await waitUntil(() => this.#client.packets.length > 0 || this.closed, 'an answer');
    const [first] = this.#client.packets;
    if (first?.cmd !== 'connack') return 'gone';
    return first.returnCode === 0 ? 'admitted' : 'refused';
  }

  get received(): readonly string[] {
    return this.#client.packets.flatMap((packet) =>
      packet.cmd === 'publish' ? [`${packet.topic} ${packet.payload.toString()}`] : [],
    );
  }

  get acknowledged(): number {
    return this.#client.packets.filter(({ cmd }) => cmd === 'puback').length;
  }

  get closed(): boolean {
    return this.#client.closed;
  }

  publish(topic: string, text: string): void {
    this.#messageId += 1;
    this.#client.send(publishBytes(topic, text, { qos: 1, messageId: this.#messageId }));
  }

  async subscribe(filter: string): Promise<void> {
    const id = (this.#messageId += 1);
    this.#client.send(subscribeBytes(id, { [filter]: 1 }));
    const granted = (): boolean =>
      this.#client.packets.some((it) => it.cmd === 'suback' && it.messageId === id);
    await waitUntil(granted, 'a suback');
  }

  leave(): void {
    this.#client.send(Buffer.of(0xe0, 0));
  }
}
