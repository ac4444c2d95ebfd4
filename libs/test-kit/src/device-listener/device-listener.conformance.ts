import type { DeviceListener } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeviceListenerHarness, SpecDevice } from './device-listener-harness.ts';
import { fetchingConformance } from './fetching.conformance.ts';
import { RecordingAuthority, type Uplinked } from './recording-authority.ts';

const WAIT = { timeout: 10_000, interval: 2 };
const GREETING = [{ topic: 'ext/token', payload: Buffer.from('t'), qos: 0 as const }];

/** What every listener of devices must do (ports: device-listener). */
export function deviceListenerConformance(name: string, harness: DeviceListenerHarness): void {
  let authority: RecordingAuthority;
  let listener: DeviceListener<string>;

  beforeEach(async () => {
    authority = new RecordingAuthority();
    listener = await harness.listen(authority);
  });
  afterEach(() => listener.close());

  const lacksDownlink = harness.lacks?.includes('downlink') === true;
  const lacksConnection = harness.lacks?.includes('connection') === true;
  const claim = (username = 'dev', password = 'right'): Promise<SpecDevice> =>
    harness.connect(listener.port, { username, password });
  async function admitted(username = 'dev'): Promise<SpecDevice> {
    const device = await claim(username);
    expect(await device.answer).toBe('admitted');
    return device;
  }
  const until = (what: () => void): Promise<void> => vi.waitFor(what, WAIT);
  const untilLog = (...log: readonly string[]): Promise<void> =>
    until(() => expect(authority.log).toEqual(log));

  /** Holds every decision until it is let go, by the order in which they were asked for. */
  function holdDecisions(): (() => void)[] {
    const held: (() => void)[] = [];
    authority.answer = (decision) =>
      new Promise((resolve) => held.push(() => void resolve(decision)));
    return held;
  }

  describe(`${name} as a listener of devices`, () => {
    describe('a claim', () => {
      it('given it is admitted, when it was answered, then its session is opened with the words of the authority', async () => {
        await admitted();
        await untilLog('opened s1');
        expect(authority.open.get('s1')).toMatchObject({ sessionKey: 'dev', identity: 'dev' });
      });

      it('is told to the authority once, with what the device said of itself', async () => {
        await admitted();
        expect(authority.claims).toHaveLength(1);
        const [said] = authority.claims;
        expect(said?.username).toBe('dev');
        expect(Buffer.from(said?.password ?? []).toString()).toBe('right');
        expect(said?.remoteAddress).toMatch(/^127\.0\.0\.1:\d+$/);
        expect(said?.willTopic).toBeNull();
      });

      it('given the authority refuses it, then the device hears so and nothing is opened', async () => {
        const device = await claim('dev', 'wrong');
        expect(await device.answer).toBe('refused');
        await until(() => expect(device.closed).toBe(true));
        expect(authority.log).toEqual([]);
      });

      it.each([
        [
          'throws',
          () => {
            throw new Error('the view is gone');
          },
        ],
        ['rejects', () => Promise.reject(new Error('the registry is away'))],
      ])('given the decision %s, then the device hears a refusal', async (_how, answer) => {
        authority.answer = answer;
        expect(await (await claim()).answer).toBe('refused');
        expect(authority.log).toEqual([]);
      });
    });

    describe('a decision that takes its time', () => {
      it('holds the answer back', async () => {
        const held = holdDecisions();
        const device = await claim();
        let answered = false;
        const answer = device.answer.finally(() => (answered = true));
        await until(() => expect(held).toHaveLength(1));
        expect([answered, authority.log]).toEqual([false, []]);
        held[0]?.();
        expect(await answer).toBe('admitted');
      });

      it('given the device has gone by then, opens nothing, and its greeting was not delivered', async () => {
        authority.greeting = GREETING;
        const held = holdDecisions();
        const device = await claim();
        await until(() => expect(held).toHaveLength(1));
        device.vanish();
        // Another device's whole way: the listener has heard of the first one's end by then.
        const other = await claim('refuse-x');
        await until(() => expect(held).toHaveLength(2));
        held[1]?.();
        expect(await other.answer).toBe('refused');
        held[0]?.();
        await until(() => expect(authority.greetings).toEqual([false]));
        expect(authority.log).toEqual([]);
      });

      it('given a newer claim of the key was admitted before, opens nothing', async () => {
        const held = holdDecisions();
        const older = await claim();
        await until(() => expect(held).toHaveLength(1));
        const newer = await claim();
        await until(() => expect(held).toHaveLength(2));
        held[1]?.();
        expect(await newer.answer).toBe('admitted');
        held[0]?.();
        await until(() => expect(older.closed).toBe(true));
        expect(authority.log).toEqual(['opened s2']);
      });
    });

    if (!lacksDownlink)
      describe('a greeting', () => {
        it('follows the answer without a subscription, and is told when it has left', async () => {
          authority.greeting = GREETING;
          const device = await admitted();
          await until(() => expect(device.received).toEqual(['ext/token t']));
          await until(() => expect(authority.greetings).toEqual([true]));
        });
      });

    describe('a second session of one key', () => {
      it('ends the first, which is told before the second is opened', async () => {
        const first = await admitted();
        await admitted();
        await until(() => expect(first.closed).toBe(true));
        await untilLog('opened s1', 'closed s1 taken-over', 'opened s2');
      });

      it('of another key ends nothing', async () => {
        await admitted('one');
        await admitted('two');
        await untilLog('opened s1', 'opened s2');
      });
    });

    if (!lacksDownlink)
      describe('a message to a device', () => {
        const message = { topic: 'own/dev/down', payload: Buffer.from('down') };

        it.each([0, 1] as const)(
          'of QoS %d reaches it without a subscription, and nobody else',
          async (qos) => {
            const other = await admitted('other');
            const device = await admitted();
            expect(listener.send('s2', { ...message, qos })).toBe(true);
            await until(() => expect(device.received).toEqual(['own/dev/down down']));
            expect(other.received).toEqual([]);
          },
        );

        it('given its session is not here, or has ended, is not taken', async () => {
          await admitted();
          await untilLog('opened s1');
          listener.cut('s1', 'kicked');
          const sent = ['s1', 'nobody'].map((id) => listener.send(id, { ...message, qos: 1 }));
          expect(sent).toEqual([false, false]);
        });
      });

    describe('a message of a device', () => {
      it('reaches the authority, and is acknowledged when that has it', async () => {
        const waiting: Uplinked[] = [];
        authority.settle = (uplink) => void waiting.push(uplink);
        const device = await admitted();
        device.publish('own/dev/x', 'up');
        await until(() => expect(waiting).toMatchObject([{ topic: 'own/dev/x', text: 'up' }]));
        expect(device.acknowledged).toBe(0);
        waiting[0]?.done(true);
        await until(() => expect(device.acknowledged).toBe(1));
      });

      it('given it cannot be taken now, is not acknowledged', async () => {
        authority.settle = ({ done }) => done(false);
        const device = await admitted();
        device.publish('own/dev/x', 'up');
        await until(() => expect(authority.uplinks).toHaveLength(1));
        expect(device.acknowledged).toBe(0);
        if (!lacksConnection) await untilLog('opened s1', 'closed s1 limit');
      });

      it('given its topic is not its own, then the authority gets nothing', async () => {
        const device = await admitted();
        device.publish('own/other/x', 'up');
        if (!lacksConnection) await untilLog('opened s1', 'closed s1 topic-refused');
        // What it says next comes behind it.
        const next = lacksConnection ? device : await admitted();
        next.publish('own/dev/x', 'up');
        await until(() => expect(authority.uplinks).toMatchObject([{ topic: 'own/dev/x' }]));
      });
    });

    describe('the end of a session', () => {
      if (!lacksConnection)
        it.each([
          ['takes its leave', 'client', (device: SpecDevice) => device.leave()],
          ['is gone without a word', 'connection-lost', (device: SpecDevice) => device.vanish()],
        ])('given the device %s, is told once as %s', async (_how, reason, end) => {
          end(await admitted());
          await untilLog('opened s1', `closed s1 ${reason}`);
          await listener.close();
          expect(authority.log).toHaveLength(2);
        });

      it('given it is cut, is told by the word of the caller before the cut returns', async () => {
        const device = await admitted();
        await untilLog('opened s1');
        expect(listener.cut('s1', 'disabled')).toBe(true);
        expect(authority.log).toEqual(['opened s1', 'closed s1 disabled']);
        expect([listener.cut('s1', 'disabled'), listener.cut('nobody', 'x')]).toEqual([
          false,
          false,
        ]);
        await until(() => expect(device.closed).toBe(true));
        expect(authority.log).toHaveLength(2);
      });

      it('comes by itself after the time that its admission names', async () => {
        authority.closeAfterMs = 50;
        await admitted();
        await untilLog('opened s1', 'closed s1 time-up');
      });

      it('comes after the silence that its admission allows', async () => {
        authority.silence = { seconds: 0.05, counts: 'packet' };
        await admitted();
        await untilLog('opened s1', 'closed s1 silence');
      });

      it('comes after the silence that is allowed while it is live, and of nobody else', async () => {
        const other = await admitted('other');
        await admitted();
        await untilLog('opened s1', 'opened s2');
        listener.allowSilence('s2', { seconds: 0.05, counts: 'message' });
        listener.allowSilence('nobody', { seconds: 0.05, counts: 'message' });
        await untilLog('opened s1', 'opened s2', 'closed s2 silence');
        expect(other.closed).toBe(false);
      });
    });

    describe('a listener that is closed', () => {
      it('ends every session as gateway-closing, and may be closed again', async () => {
        const devices = [await admitted('a'), await admitted('b')];
        await listener.close();
        await listener.close();
        for (const device of devices) await until(() => expect(device.closed).toBe(true));
        expect(authority.log.slice(2).toSorted()).toEqual([
          'closed s1 gateway-closing',
          'closed s2 gateway-closing',
        ]);
      });
    });
  });
  fetchingConformance(name, harness);
}
