import type { RefusalCode } from '@tallystick/ports';

/** CONNACK (3.2): flags, whose lowest bit is "session present", and the return code. */
export function encodeConnack(code: RefusalCode | 0, sessionPresent: boolean): Buffer {
  return Buffer.of(0x20, 2, sessionPresent ? 1 : 0, code);
}

export function encodePuback(packetId: number): Buffer {
  return Buffer.of(0x40, 2, packetId >> 8, packetId & 255);
}

export const PINGRESP: Buffer = Buffer.of(0xd0, 0);
