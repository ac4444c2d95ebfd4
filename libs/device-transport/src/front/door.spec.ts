import { describe, expect, it } from 'vitest';
import { Door } from './door.ts';

const door = () => new Door({ maxConnections: 5, maxHalfOpen: 4, maxHalfOpenPerAddress: 2 });

describe('sockets that are not admitted yet', () => {
  it('given two of one IPv6 network, then a third of it is turned away whatever its address', () => {
    const at = door();
    expect(at.enter('[2001:db8:1:2::1]')).toBeNull();
    expect(at.enter('[2001:db8:1:2::2]')).toBeNull();
    expect(at.enter('[2001:db8:1:2::3]')).toBe('maxHalfOpenPerAddress');
    expect(at.enter('[2001:db8:1:3::1]')).toBeNull();
  });

  it('given one of them settles, then there is room for another address of its network', () => {
    const at = door();
    at.enter('[2001:db8:1:2::1]');
    at.enter('[2001:db8:1:2::2]');
    at.settled('[2001:db8:1:2::2]');
    expect(at.enter('[2001:db8:1:2::3]')).toBeNull();
  });

  it('given sockets whose address is not known yet, then they count when it is', () => {
    const at = door();
    for (let i = 0; i < 3; i += 1) expect(at.enter(null)).toBeNull();
    expect([1, 2, 3].map(() => at.named('10.0.0.1'))).toEqual([true, true, false]);
    expect(at.enter('10.0.0.1')).toBe('maxHalfOpenPerAddress');
    expect(at.enter(null)).toBeNull();
    expect(at.enter(null)).toBe('maxHalfOpen');
    at.settled('10.0.0.1');
    at.settled(null);
    expect(at.enter('10.0.0.1')).toBeNull();
    expect([at.open, at.halfOpen, at.networks]).toEqual([5, 3, 1]);
    expect(at.enter('10.0.0.2')).toBe('maxConnections');
  });
});
