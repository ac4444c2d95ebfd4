import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { batch, signal, SwitchedPublisher } from '../fixtures/switched-publisher.ts';
import { SignalPacker } from './signal-packer.ts';
import { SignalSpool, type SpooledBatch } from './signal-spool.ts';

const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn(), debug: vi.fn() };

const names = (count: number, prefix = 's'): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

function begun(deps: ConstructorParameters<typeof SignalSpool>[0]): SignalSpool {
  const spool = new SignalSpool(deps);
  spool.begin(Promise.resolve('bus-a'));
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

describe('the signal spool', () => {
  it('given it may not send yet, then it sends nothing: not of an earlier run, and not when it is closed', async () => {
    const publisher = new SwitchedPublisher();
    publisher.away = true;
    const earlier = begun({ publisher, folder, logger });
    earlier.add([batch('before')]);
    await earlier.close(1_000);
    publisher.away = false;
    const refused = new SignalSpool({ publisher, folder, logger });
    refused.add([batch('after')]);
    await refused.close(1_000);
    expect(publisher.said).toEqual([]);
    await begun({ publisher, folder, logger }).close(1_000);
    expect(publisher.said).toEqual(['before', 'after']);
  });

  it('given a bus that answers, sends in order and leaves nothing on disk', async () => {
    const publisher = new SwitchedPublisher();
    const spool = begun({ publisher, folder, logger });
    for (const name of names(10)) spool.add([batch(name)]);
    await vi.waitFor(() => expect(publisher.said).toEqual(names(10)));
    expect(readdirSync(folder)).toEqual([]);
    await spool.close(1_000);
  });

  it('given a bus that is away and comes back, sends all signals in the order in which they were made', async () => {
    const publisher = new SwitchedPublisher();
    const spool = begun({ publisher, folder, logger });
    publisher.away = true;
    for (const name of names(50)) spool.add([batch(name)]);
    await vi.waitFor(() => expect(spool.spooling).toBe(true));
    for (const name of names(50, 't')) spool.add([batch(name)]);
    publisher.away = false;
    const all = [...names(50), ...names(50, 't')];
    await vi.waitFor(() => expect(publisher.said).toEqual(all), 5_000);
    await vi.waitFor(() => expect(spool.spooling).toBe(false));
    spool.add([batch('last')]);
    await vi.waitFor(() => expect(publisher.said.at(-1)).toBe('last'));
    await spool.close(1_000);
  });

  it('given a stop while the bus is away, the next start sends what is on disk first', async () => {
    const publisher = new SwitchedPublisher();
    publisher.away = true;
    const first = begun({ publisher, folder, logger });
    for (const name of names(3)) first.add([batch(name)]);
    await first.close(50);
    expect(publisher.said).toEqual([]);
    publisher.away = false;
    const second = begun({ publisher, folder, logger });
    second.add([batch('new')]);
    await vi.waitFor(() => expect(publisher.said).toEqual([...names(3), 'new']));
    await second.close(1_000);
  });

  it('given a line that a crash has torn, loses nothing of what is said after it', async () => {
    const line = (name: string): string => `${JSON.stringify(batch(name))}\n`;
    writeFileSync(join(folder, 'signals-000000000001.jsonl'), line('s0'));
    writeFileSync(join(folder, 'signals-000000000002.jsonl'), `${line('s1')}{"torn`);
    const publisher = new SwitchedPublisher();
    publisher.away = true;
    const spool = begun({ publisher, folder, logger });
    spool.add([batch('new')]);
    publisher.away = false;
    await vi.waitFor(() => expect(publisher.said).toEqual(['s0', 's1', 'new']), 5_000);
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]));
    await spool.close(1_000);
  });

  it('given more than its room, drops the oldest, keeps within it, and says the rest', async () => {
    const publisher = new SwitchedPublisher();
    publisher.away = true;
    const spool = begun({ publisher, folder, logger, maxBytes: 1_100_000 });
    spool.add([batch('first')]);
    await vi.waitFor(() => expect(spool.spooling).toBe(true));
    const wide = names(1_000).map((name) => batch(name));
    for (let i = 0; i < 6; i += 1) spool.add(wide);
    spool.add([batch('last')]);
    expect(spool.bytes).toBeLessThanOrEqual(1_100_000);
    publisher.away = false;
    await vi.waitFor(() => expect(publisher.said.at(-1)).toBe('last'), 5_000);
    expect(publisher.said).not.toContain('first');
    await spool.close(50);
  });
});

describe('the packer', () => {
  const pack = () => {
    const sent: SpooledBatch[] = [];
    const packer = new SignalPacker({
      ...{ gatewayId: 'g', incarnation: 'i', partitions: 12, term: 1 },
      send: (batches) => sent.push(...batches),
    });
    return { packer, sent };
  };

  it('puts the signals of 20 ms into one record a partition, in order', async () => {
    const { packer, sent } = pack();
    for (const name of names(100)) packer.add(signal(name));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.batch.signals.map(({ session }) => session.sessionId)).toEqual(names(100));
  });

  it('splits what would be too large for a record', () => {
    const { packer, sent } = pack();
    for (const name of names(1_200)) packer.add(signal(name));
    packer.flush();
    expect(sent.map(({ batch: { signals } }) => signals.length)).toEqual([500, 500, 200]);
  });

  it('says what came before a new term in the old one', () => {
    const { packer, sent } = pack();
    packer.add(signal('before'));
    packer.beginTerm(2);
    packer.add(signal('after'));
    packer.flush();
    expect(sent.map(({ batch: { term } }) => term)).toEqual([1, 2]);
  });
});

describe('what the bus will never take', () => {
  const signals = (...sessionIds: string[]): SpooledBatch => ({
    partition: 0,
    batch: { ...batch('').batch, signals: sessionIds.map(signal) },
  });

  it('given one such signal among others, then it alone is set aside, and all behind it are sent', async () => {
    const publisher = new SwitchedPublisher();
    publisher.mostBytes = 2_000;
    const spool = begun({ publisher, folder, logger });
    spool.add([batch('first'), signals('a', 'b', 'x'.repeat(3_000), 'c', 'd'), batch('last')]);
    await vi.waitFor(() => expect(publisher.said.at(-1)).toBe('last'));
    expect(new Set(publisher.said)).toEqual(new Set(['first', 'a', 'b', 'c', 'd', 'last']));
    expect(spool.bytes).toBe(0);
    await spool.close(1_000);
  });

  it('given it stands at the head of the disk since an earlier run, then it is passed over too', async () => {
    const publisher = new SwitchedPublisher();
    publisher.away = true;
    const earlier = begun({ publisher, folder, logger });
    earlier.add([batch('x'.repeat(3_000)), batch('behind')]);
    await earlier.close(1_000);
    Object.assign(publisher, { away: false, mostBytes: 2_000 });
    const spool = begun({ publisher, folder, logger });
    await vi.waitFor(() => expect(publisher.said).toEqual(['behind']));
    await vi.waitFor(() => expect(spool.bytes).toBe(0));
    await spool.close(1_000);
  });

  it('given foreign lines and a part that cannot be read, then what stands behind them is sent', async () => {
    writeFileSync(join(folder, 'signals-000000000001.jsonl'), '{"partition":0,"batch":{}}\n7\n');
    mkdirSync(join(folder, 'signals-000000000002.jsonl'));
    const publisher = new SwitchedPublisher();
    const spool = begun({ publisher, folder, logger });
    spool.add([batch('behind')]);
    await vi.waitFor(() => expect(publisher.said).toEqual(['behind']));
    await spool.close(1_000);
  });
});

describe('a disk that takes nothing while the bus is away', () => {
  it('given signals meanwhile, then they wait in memory and are sent in order when the bus is back', async () => {
    const publisher = new SwitchedPublisher();
    publisher.away = true;
    const spool = begun({ publisher, folder: join(folder, 'spool'), logger });
    rmSync(join(folder, 'spool'), { recursive: true });
    for (const name of names(5)) spool.add([batch(name)]);
    await vi.waitFor(() => expect(publisher.tries).toBeGreaterThan(1), { timeout: 5_000 });
    publisher.away = false;
    await vi.waitFor(() => expect(publisher.said).toEqual(names(5)), { timeout: 5_000 });
    await spool.close(1_000);
  });
});

describe('packed signals', () => {
  it('given texts of control characters, then no record takes more than a quarter of a MiB, and none is lost', () => {
    const sent: SpooledBatch[] = [];
    const packer = new SignalPacker({
      ...{ gatewayId: 'g', incarnation: 'i', partitions: 1, term: 1 },
      send: (batches) => sent.push(...batches),
    });
    for (const name of names(200)) packer.add(signal(`${name}${'\u0001'.repeat(3_700)}`));
    packer.flush();
    const bytes = sent.map((one) => Buffer.byteLength(JSON.stringify(one.batch)));
    expect(Math.max(...bytes)).toBeLessThan(300_000);
    expect(sent.flatMap((one) => one.batch.signals)).toHaveLength(200);
  });
});
