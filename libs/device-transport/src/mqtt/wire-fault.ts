import type { TransportEnd } from '@tallystick/ports';

/** What a stream is destroyed with when the fault is known: its session ends with this word. */
export class WireFault extends Error {
  readonly end: TransportEnd;

  constructor(end: TransportEnd, message: string) {
    super(message);
    this.end = end;
  }
}
