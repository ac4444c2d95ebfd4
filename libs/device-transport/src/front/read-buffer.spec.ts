import { describe, expect, it } from 'vitest';
import { ReadBuffer } from './read-buffer.ts';

describe('the read buffer of a connection', () => {
  it('joins what comes in pieces, and keeps what is left over', () => {
    const buffer = new ReadBuffer();
    for (const piece of ['ab', 'c', 'def']) buffer.push(Buffer.from(piece));
    expect(buffer.look()?.toString()).toBe('abcdef');
    buffer.take(4);
    buffer.push(Buffer.from('gh'));
    expect(buffer.look()?.toString()).toBe('efgh');
    buffer.take(4);
    expect(buffer.look()).toBeNull();
    expect(buffer.length).toBe(0);
  });

  it('shows nothing before as much is there as is wanted', () => {
    const buffer = new ReadBuffer();
    buffer.push(Buffer.from('a'));
    buffer.want(3);
    buffer.push(Buffer.from('b'));
    expect(buffer.look()).toBeNull();
    buffer.push(Buffer.from('c'));
    expect(buffer.look()?.toString()).toBe('abc');
  });

  it('never writes over what was taken', () => {
    const buffer = new ReadBuffer();
    buffer.push(Buffer.from('ab'));
    buffer.push(Buffer.from('cdef'));
    const taken = buffer.look()?.subarray(0, 3);
    buffer.take(3);
    for (let i = 0; i < 1_000; i += 1) buffer.push(Buffer.from('x'));
    expect(taken?.toString()).toBe('abc');
    expect(buffer.look()?.toString()).toBe(`def${'x'.repeat(1_000)}`);
  });

  it('copies a packet that comes byte by byte a few times, not once a byte', () => {
    const buffer = new ReadBuffer();
    const byte = Buffer.from('x');
    buffer.push(byte);
    buffer.want(262_144);
    let rooms = 0;
    let room: ArrayBufferLike | null = null;
    for (let i = 1; i < 262_144; i += 1) {
      buffer.push(byte);
      if (buffer.room !== room) rooms += 1;
      room = buffer.room;
    }
    expect(buffer.look()).toHaveLength(262_144);
    expect(rooms).toBeLessThan(25);
  });
});
