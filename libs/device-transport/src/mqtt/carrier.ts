import type { SessionClaim } from '@tallystick/ports';
import type { Arrival } from '../front/front.types.ts';

/** A stream of MQTT's bytes, and who it is from. */
export interface Bearer extends Omit<Arrival, 'transport'> {
  readonly transport: SessionClaim['transport'];
  /**
   * Tells when bytes have come that the stream does not give yet: a large message on its way keeps
   * its connection alive. Absent: the stream gives all that comes.
   */
  readonly onProgress?: (listener: () => void) => void;
}

/** What carries MQTT: makes the stream of MQTT's bytes out of who has arrived. */
export interface Carrier {
  /** Calls `take` when there is one, at once or later; who never gets so far it closes itself. */
  meet(arrival: Arrival, take: (bearer: Bearer) => void): void;
  /** Closes all that it has met and not handed on. */
  close(): void;
}

/** MQTT's bytes as they come. */
export const BARE: Carrier = {
  meet: (arrival, take) => {
    take(arrival);
  },
  close: () => undefined,
};
