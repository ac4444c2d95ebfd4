import { PortError } from '@tallystick/kernel';
import { describe, expect, it } from 'vitest';
import { loadSettings } from './settings.ts';
import { describeStartFailure } from './start-failure.ts';

const inUse = Object.assign(new Error('listen EADDRINUSE: address already in use 127.0.0.1:1883'), {
  code: 'EADDRINUSE',
  syscall: 'listen',
  port: 1883,
});
const loaded = loadSettings({});
if (!loaded.ok) throw new Error(loaded.error.join());
const ports = loaded.value;

describe('what an operator is told of a start that failed', () => {
  it.each([
    ['the system says it', inUse],
    ['an adapter wraps it', new PortError('misconfigured', 'cannot listen', { cause: inUse })],
  ])('names the port in use and what to do, when %s', (_, error) => {
    expect(describeStartFailure(error, ports)).toBe(
      'listen EADDRINUSE: address already in use 127.0.0.1:1883: set TALLYSTICK_MQTT_PORT to another port, or stop what uses it',
    );
  });

  it('repeats what a port says, whatever its cause', () => {
    const cause = new Error('ECONNREFUSED');
    const error = new PortError('unavailable', 'the database does not answer', { cause });
    expect(describeStartFailure(error, ports)).toBe('the database does not answer');
  });

  it('leaves a defect to the log', () => {
    expect(describeStartFailure(new TypeError('x is not a function'), ports)).toBeNull();
  });
});
