import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PortError } from '@tallystick/kernel';
import { metricsText } from '@tallystick/services-edge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { batch, SwitchedPublisher } from '../fixtures/switched-publisher.ts';
import { SignalSpool } from './signal-spool.ts';

const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn(), debug: vi.fn() };

function begunOn(bus: string, deps: ConstructorParameters<typeof SignalSpool>[0]): SignalSpool {
  const spool = new SignalSpool(deps);
  spool.begin(Promise.resolve(bus));
  return spool;
}

let home = '';
let folder = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'spool-'));
  folder = join(home, 'spool');
  mkdirSync(folder);
});
afterEach(() => rmSync(home, { recursive: true }));

/** What an earlier run could not tell its bus. */
async function left(bus: string, ...sessions: readonly string[]): Promise<void> {
  const publisher = new SwitchedPublisher();
  publisher.away = true;
  const earlier = begunOn(bus, { publisher, folder, logger });
  for (const name of sessions) earlier.add([batch(name)]);
  await earlier.close(1_000);
}

const lines = (...sessions: readonly string[]): string =>
  sessions.map((name) => `${JSON.stringify(batch(name))}\n`).join('');

/** What stands aside, and whose it is; null: nothing. */
function keptAside(): { readonly bus: string; readonly sessions: readonly string[] } | null {
  const aside = `${folder}.set-aside`;
  if (!existsSync(aside)) return null;
  const read = (name: string): string => readFileSync(join(aside, name), 'utf8');
  const files = readdirSync(aside).filter((name) => name !== 'bus');
  const found = files.sort().flatMap((name) => [...read(name).matchAll(/"sessionId":"([^"]*)"/g)]);
  return { bus: read('bus'), sessions: found.map((match) => match[1] ?? '') };
}

const counted = async (): Promise<number> => {
  const { text } = await metricsText();
  return Number(/^tallystick_set_aside_total\{what="signals"\} (\d+)/m.exec(text)?.[1] ?? 0);
};

describe('the bus that a spool is meant for', () => {
  it('given what an earlier run left for another bus, tells this one nothing of it and keeps it aside', async () => {
    const publisher = new SwitchedPublisher();
    await left('bus-a', 'of-the-other');
    const spool = begunOn('bus-b', { publisher, folder, logger });
    spool.add([batch('own')]);
    await spool.close(1_000);
    await begunOn('bus-b', { publisher, folder, logger }).close(1_000);
    expect(publisher.said).toEqual(['own']);
    expect(readdirSync(`${folder}.set-aside`).sort()).toEqual([
      'bus',
      'signals-000000000001.jsonl',
    ]);
  });

  it('given what a run said before any bus was met, keeps it for the one that is met then', async () => {
    const publisher = new SwitchedPublisher();
    await left('bus-a', 'before');
    const met = Promise.withResolvers<string>();
    const spool = new SignalSpool({ publisher, folder, logger });
    spool.begin(met.promise);
    spool.add([batch('while-away')]);
    expect([publisher.tries, spool.spooling]).toEqual([0, true]);
    met.resolve('bus-b');
    await vi.waitFor(() => expect(publisher.said).toEqual(['while-away']));
    await spool.close(1_000);
  });

  it('given nothing left by an earlier run, sends before the bus has said who it is', async () => {
    const publisher = new SwitchedPublisher();
    const spool = new SignalSpool({ publisher, folder, logger });
    spool.begin(new Promise(() => {}));
    spool.add([batch('at-once')]);
    await vi.waitFor(() => expect(publisher.said).toEqual(['at-once']));
    await spool.close(1_000);
  });

  it('given a spool that names no bus, as an earlier release left it, sends it', async () => {
    const publisher = new SwitchedPublisher();
    await left('bus-a', 'old');
    rmSync(`${folder}.bus`);
    await begunOn('bus-b', { publisher, folder, logger }).close(1_000);
    expect(publisher.said).toEqual(['old']);
  });

  it('given an own bus again after another one, keeps what was set aside of it', async () => {
    const publisher = new SwitchedPublisher();
    await left('bus-a', 'of-the-other');
    for (const bus of ['bus-b', 'bus-a', 'bus-b'])
      await begunOn(bus, { publisher, folder, logger }).close(1_000);
    expect(publisher.said).toEqual([]);
    expect(keptAside()).toEqual({ bus: 'bus-a', sessions: ['of-the-other'] });
  });

  it('given more of another bus, keeps the newest alone, counts both and tells whose it replaced', async () => {
    const publisher = new SwitchedPublisher();
    const before = await counted();
    await left('bus-a', 'first', 'second');
    await left('bus-b', 'third');
    await begunOn('bus-c', { publisher, folder, logger }).close(1_000);
    expect(publisher.said).toEqual([]);
    expect(keptAside()).toEqual({ bus: 'bus-b', sessions: ['third'] });
    expect(await counted()).toBe(before + 2);
    expect(logger.error).toHaveBeenLastCalledWith(
      { was: 'bus-b', is: 'bus-c', aside: `${folder}.set-aside`, replaced: 'bus-a' },
      'the session signals of another bus were set aside',
    );
  });

  it.each([
    ['bus-a', ['before', 'unmet']],
    ['bus-b', []],
  ])(
    'given a run that ended before it met its bus, says to %s what is meant for it',
    async (bus, said) => {
      const publisher = new SwitchedPublisher();
      await left('bus-a', 'before');
      const crashed = new SignalSpool({ publisher, folder, logger });
      crashed.begin(new Promise(() => {}));
      crashed.add([batch('unmet')]);
      await begunOn(bus, { publisher, folder, logger }).close(1_000);
      expect(publisher.said).toEqual(said);
    },
  );

  it.each([
    ['bus-a', ['first', 'second']],
    ['bus-b', []],
  ])(
    'given a start cut off in the middle of moving, says to %s what is meant for it',
    async (bus, said) => {
      const publisher = new SwitchedPublisher();
      await left('bus-a', 'first');
      mkdirSync(`${folder}.moving`);
      const name = 'signals-000000000001.jsonl';
      renameSync(join(folder, name), join(`${folder}.moving`, name));
      writeFileSync(join(folder, 'signals-000000000002.jsonl'), lines('second'));
      await begunOn(bus, { publisher, folder, logger }).close(1_000);
      expect(publisher.said).toEqual(said);
      const kept = bus === 'bus-a' ? null : { bus: 'bus-a', sessions: ['first', 'second'] };
      expect(keptAside()).toEqual(kept);
      expect(existsSync(`${folder}.moving`)).toBe(false);
    },
  );

  it('given a note that names no bus, sets nothing aside', async () => {
    const publisher = new SwitchedPublisher();
    await left('bus-a', 'own');
    writeFileSync(`${folder}.bus`, '');
    await begunOn('bus-a', { publisher, folder, logger }).close(1_000);
    expect(publisher.said).toEqual(['own']);
  });

  it('given a bus that cannot be known, sends nothing of an earlier run and keeps it', async () => {
    const publisher = new SwitchedPublisher();
    await left('bus-a', 'before');
    const spool = new SignalSpool({ publisher, folder, logger });
    const unfit = new PortError('misconfigured', 'unfit topics');
    spool.begin(Promise.reject(unfit));
    spool.add([batch('after')]);
    await vi.waitFor(() =>
      expect(logger.error).toHaveBeenLastCalledWith({ err: unfit }, expect.any(String)),
    );
    await spool.close(50);
    expect(publisher.tries).toBe(0);
    await begunOn('bus-a', { publisher, folder, logger }).close(1_000);
    expect(publisher.said).toEqual(['before', 'after']);
  });

  it('given what cannot be moved aside, sends nothing of it to another bus', async () => {
    const publisher = new SwitchedPublisher();
    await left('bus-a', 'of-the-other');
    const spool = new SignalSpool({ publisher, folder, logger });
    writeFileSync(`${folder}.moving`, 'a file where a folder must be');
    spool.begin(Promise.resolve('bus-b'));
    await spool.close(200);
    expect(publisher.said).toEqual([]);
  });
});
