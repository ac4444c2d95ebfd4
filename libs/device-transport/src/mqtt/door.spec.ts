import { describe, expect, it } from 'vitest';
import { Door } from './door.ts';
import { DEFAULT_MQTT_LIMITS } from './limits.ts';

const door = () => new Door({ ...DEFAULT_MQTT_LIMITS, maxHalfOpenPerAddress: 2 });

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
});
