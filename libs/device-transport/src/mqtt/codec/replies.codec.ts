/** CONNACK return codes of a refusal: MQTT 3.1.1, section 3.2.2.3. */
export type ConnackCode = 1 | 2 | 3 | 4 | 5;

/** CONNACK (3.2): flags, whose lowest bit is "session present", and the return code. */
const CONNACKS: readonly (readonly Buffer[])[] = [0, 1].map((flags) =>
  [0, 1, 2, 3, 4, 5].map((code) => Buffer.from([0x20, 2, flags, code])),
);

/** Shared by all connections: not to be written into. */
export function encodeConnack(code: ConnackCode | 0, sessionPresent: boolean): Buffer {
  return CONNACKS[sessionPresent ? 1 : 0]?.[code] ?? Buffer.from([0x20, 2, 0, code]);
}

export function encodePuback(packetId: number): Buffer {
  return Buffer.of(0x40, 2, packetId >> 8, packetId & 255);
}

export const PINGRESP: Buffer = Buffer.of(0xd0, 0);
