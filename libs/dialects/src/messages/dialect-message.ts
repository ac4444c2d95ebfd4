/** A message of the platform to a device. */
export interface DialectMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
}
