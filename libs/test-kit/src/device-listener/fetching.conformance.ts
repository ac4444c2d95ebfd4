import type { DeviceListener } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeviceListenerHarness, SpecDevice } from './device-listener-harness.ts';
import { RecordingAuthority } from './recording-authority.ts';

const WAIT = { timeout: 10_000, interval: 2 };
const SECRET = { topic: 'own/dev/secret', payload: Buffer.from('s'), qos: 1 as const };
const GOT = 'own/dev/secret s';

/** What every listener must do with a session that only fetches a secret. */
export function fetchingConformance(name: string, harness: DeviceListenerHarness): void {
  let authority: RecordingAuthority;
  let listener: DeviceListener<string>;
  const lacksDownlink = harness.lacks?.includes('downlink') === true;
  const lacksConnection = harness.lacks?.includes('connection') === true;
  const lacksSubscriptions = lacksDownlink || harness.lacks?.includes('subscriptions') === true;

  beforeEach(async () => {
    authority = new RecordingAuthority();
    listener = await harness.listen(authority);
  });
  afterEach(() => listener.close());

  const until = (what: () => void): Promise<void> => vi.waitFor(what, WAIT);
  const untilLog = (...log: readonly string[]): Promise<void> =>
    until(() => expect(authority.log).toEqual(log));
  async function admitted(username = 'dev'): Promise<SpecDevice> {
    const device = await harness.connect(listener.port, { username, password: 'right' });
    expect(await device.answer).toBe('admitted');
    return device;
  }
  async function fetching(): Promise<SpecDevice> {
    authority.fetchOnly = true;
    const device = await admitted();
    authority.fetchOnly = false;
    return device;
  }
  /** Who is no connection cannot be gone by itself. */
  const lose = (device: SpecDevice, id: string): void =>
    lacksConnection ? void listener.cut(id, 'connection-lost') : device.vanish();
  const promote = (id: string): boolean => listener.promote(id, authority.promotion(id, 'dev'));

  describe(`${name}: a session that only fetches`, () => {
    it('is told of at its end alone, takes nothing over, and can be cut', async () => {
      const present = await admitted();
      const device = await fetching();
      expect(listener.cut('s2', 'kicked')).toBe(true);
      await until(() => expect(device.closed).toBe(true));
      expect([present.closed, authority.log]).toEqual([false, ['opened s1']]);
      expect(authority.fetchesEnded).toEqual(['s2 kicked']);
    });

    it('may say what its admission allows: the authority hears it', async () => {
      const device = await fetching();
      device.publish('own/dev/reply', 'got it');
      await until(() =>
        expect(authority.uplinks).toMatchObject([{ topic: 'own/dev/reply', text: 'got it' }]),
      );
      await until(() => expect(device.acknowledged).toBe(1));
      expect(authority.log).toEqual([]);
    });

    if (!lacksDownlink)
      it('can be sent to', async () => {
        const device = await fetching();
        expect(listener.send('s1', SECRET)).toBe(true);
        await until(() => expect(device.received).toEqual([GOT]));
      });

    if (!lacksSubscriptions)
      it('is greeted again after each subscription that covers the greeting, and after no other', async () => {
        authority.greeting = [SECRET];
        const device = await fetching();
        await device.subscribe('own/dev/secret');
        await device.subscribe('own/dev/other');
        await device.subscribe('own/dev/#');
        await until(() => expect(device.received).toEqual([GOT, GOT, GOT]));
        expect(authority.greetings).toEqual([true]);
      });
  });

  describe(`${name}: a session that is promoted`, () => {
    it('is opened under the same id, before the call returns', async () => {
      await fetching();
      expect(promote('s1')).toBe(true);
      expect(authority.log).toEqual(['opened s1']);
      expect(authority.open.get('s1')).toMatchObject({ sessionKey: 'dev', identity: 'dev' });
      expect(authority.open.get('s1')?.claim.remoteAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    });

    it('goes on: its messages are its own, its end is told once', async () => {
      const device = await fetching();
      promote('s1');
      device.publish('own/dev/x', 'up');
      await until(() => expect(device.acknowledged).toBe(1));
      lose(device, 's1');
      await untilLog('opened s1', 'closed s1 connection-lost');
      expect(authority.fetchesEnded).toEqual([]);
    });

    it('ends the older session of its key, which is told first', async () => {
      const older = await admitted();
      await fetching();
      expect(promote('s2')).toBe(true);
      expect(authority.log).toEqual(['opened s1', 'closed s1 taken-over', 'opened s2']);
      await until(() => expect(older.closed).toBe(true));
    });

    it('is taken over by the next claim of its key', async () => {
      const device = await fetching();
      promote('s1');
      await admitted();
      await until(() => expect(device.closed).toBe(true));
      expect(authority.log.slice(0, 2)).toEqual(['opened s1', 'closed s1 taken-over']);
    });

    it('given a newer claim holds the key, is closed and was never opened', async () => {
      const device = await fetching();
      const newer = await admitted();
      expect(promote('s1')).toBe(false);
      await until(() => expect(device.closed).toBe(true));
      expect([newer.closed, authority.log]).toEqual([false, ['opened s2']]);
    });

    it('ends no more at the time at which it would have ended', async () => {
      authority.closeAfterMs = 200;
      await fetching();
      authority.closeAfterMs = null;
      promote('s1');
      authority.closeAfterMs = 250;
      await admitted('other');
      await untilLog('opened s1', 'opened s3', 'closed s3 time-up');
    });

    it('ends after the silence that its new admission allows', async () => {
      await fetching();
      authority.silence = { seconds: 0.05, counts: 'packet' };
      promote('s1');
      await untilLog('opened s1', 'closed s1 silence');
    });

    it.each(['nobody', 's1', 's2'])(
      'given %s is not one that fetches, or has gone, is not promoted',
      async (id) => {
        await admitted();
        const gone = await fetching();
        lose(gone, 's2');
        await until(() => expect(listener.cut('s2', 'x')).toBe(false));
        expect(promote(id)).toBe(false);
        expect(authority.log).toEqual(['opened s1']);
      },
    );

    if (!lacksSubscriptions)
      it('is not greeted again', async () => {
        authority.greeting = [SECRET];
        const device = await fetching();
        await until(() => expect(device.received).toEqual([GOT]));
        promote('s1');
        await device.subscribe('own/dev/#');
        listener.send('s1', { ...SECRET, topic: 'own/dev/last' });
        await until(() => expect(device.received).toEqual([GOT, 'own/dev/last s']));
      });
  });
}
