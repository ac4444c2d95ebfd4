import { readFileSync } from 'node:fs';
import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishBytes, RawClient } from './testing/raw-client.ts';
import { listenFor } from './testing/listen-for.ts';
import { waitUntil } from './testing/wait-until.ts';

let authority: RecordingAuthority;
let listener: DeviceListener<string>;

beforeEach(async () => {
  authority = new RecordingAuthority();
  // A second of every deadline is a tenth of one here.
  listener = await listenFor(authority);
});
afterEach(() => listener.close());

const ended = () => authority.log.filter((line) => line.startsWith('closed'));

/**
 * Says so again and again until the session has ended, which some sign of life must not prevent.
 */
async function sayUntilEnded(client: RawClient, bytes: Buffer): Promise<void> {
  const timer = setInterval(() => client.send(bytes), 20);
  await client.whenClosed();
  clearInterval(timer);
}

describe('a session that is silent', () => {
  it('for as long as its product allows ends, though it asked for no keep-alive', async () => {
    authority.silence = { seconds: 0.2, counts: 'packet' };
    const client = await RawClient.admitted(listener.port, { keepalive: 0 });
    await client.whenClosed();
    expect(ended()).toEqual(['closed s1 silence']);
  });

  it('but for pings ends where only messages count', async () => {
    authority.silence = { seconds: 0.2, counts: 'message' };
    const client = await RawClient.admitted(listener.port, { keepalive: 0 });
    await sayUntilEnded(client, Buffer.of(0xc0, 0));
    expect(ended()).toEqual(['closed s1 silence']);
  });

  it('is not, while it pings where packets count, and publishes where messages do', async () => {
    authority.silence = { seconds: 0.3, counts: 'packet' };
    const pinging = await RawClient.admitted(listener.port, { keepalive: 0, username: 'a' });
    authority.silence = { seconds: 0.3, counts: 'message' };
    const speaking = await RawClient.admitted(listener.port, { keepalive: 0, username: 'b' });
    const until = performance.now() + 1_000;
    await waitUntil(() => {
      pinging.send(Buffer.of(0xc0, 0));
      speaking.send(publishBytes('own/b/x', 'x'));
      return performance.now() > until;
    }, 'a second');
    expect(ended()).toEqual([]);
  });

  it('ends when its product allows less while it is live, counted from what was heard last', async () => {
    const client = await RawClient.admitted(listener.port, { keepalive: 0 });
    listener.allowSilence('s1', { seconds: 0.1, counts: 'packet' });
    await client.whenClosed();
    expect(ended()).toEqual(['closed s1 silence']);
  });

  it('stays when its product allows any silence before the time is up', async () => {
    authority.silence = { seconds: 0.3, counts: 'packet' };
    await RawClient.admitted(listener.port, { keepalive: 0 });
    listener.allowSilence('s1', null);
    const until = performance.now() + 700;
    await waitUntil(() => performance.now() > until, 'twice the time');
    expect(ended()).toEqual([]);
  });

  it('is asked by the operating system whether it is there, from the first minute on', async () => {
    const client = await RawClient.admitted(listener.port, { keepalive: 0 });
    const hex = (port = 0): string => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const [here, there] = [hex(listener.port), hex(client.socket.localPort)];
    // proc(5), /proc/net/tcp: slot, local and remote address, state, queues, `tr:when`; tr 02 is
    // the keep-alive timer.
    const timerOf = (): string | undefined =>
      readFileSync('/proc/net/tcp', 'utf8')
        .split('\n')
        .map((row) => row.trim().split(/\s+/))
        .find(
          ([, local, remote]) => local?.endsWith(here) === true && remote?.endsWith(there),
        )?.[5];
    await waitUntil(
      () => timerOf()?.startsWith('02:') === true,
      'the keep-alive timer of the socket',
    );
    // In hundredths of a second.
    expect(Number.parseInt(timerOf()?.split(':')[1] ?? '', 16)).toBeLessThanOrEqual(6_000);
  });
});
