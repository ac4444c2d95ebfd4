import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

/** Sends what is written in pieces of its own, each in a segment of its own. */
export function piecemeal(socket: Socket, pieces: (chunk: Buffer) => readonly Buffer[]): Duplex {
  const send = async (chunk: Buffer): Promise<void> => {
    for (const piece of pieces(chunk)) {
      socket.write(piece);
      await turn();
    }
  };
  const duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => void send(chunk).then(() => done(), done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => void duplex.push(chunk));
  socket.on('close', () => duplex.destroy());
  return duplex;
}

export function byteByByte(chunk: Buffer): Buffer[] {
  return Array.from(chunk, (byte) => Buffer.of(byte));
}

/** A ClientHello over records of a few bytes each (RFC 8446 5.1). */
export function inSmallRecords(chunk: Buffer): Buffer[] {
  if (chunk[0] !== 0x16 || chunk[5] !== 1) return [chunk];
  const records: Buffer[] = [];
  for (let at = 5; at < chunk.length; at += 7) {
    const part = chunk.subarray(at, at + 7);
    records.push(Buffer.concat([chunk.subarray(0, 3), Buffer.of(0, part.length), part]));
  }
  return records;
}
