import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../stack/processes.ts';
import { tallystick, type Typed } from './harness/command-line.ts';
import { givenAllInOne } from './harness/given.ts';
import { alibabaLogin, connectDevice } from './harness/mqtt-device.ts';

describe('step 10: a second team, its token and its fleet, on the command line', () => {
  const given = givenAllInOne();
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-e2e-'));
  const fleet = join(folder, 'fleet.csv');
  const secrets = join(folder, 'secrets.csv');
  let token = '';
  let jobId = '';

  const asAdmin = (line: string): Typed => tallystick(given.app.home, line.split(' '));
  const asTeam = (line: string): Typed =>
    tallystick(given.app.home, line.split(' '), { TALLYSTICK_TOKEN: token });

  /** Lists follow a write in a moment. */
  const listed = (line: string, words: string): Promise<void> =>
    until(`${line} tells ${words}`, 20_000, () => asTeam(line).stdout.includes(words));

  beforeAll(() => {
    const rows = Array.from({ length: 500 }, (_, index) => `unit-${index},Hall,north`);
    const bad = ['unit 7,a key with a blank,north', 'unit-3,twice in the file,north'];
    writeFileSync(fleet, ['deviceKey,name,tags.site', ...rows, ...bad, ''].join('\n'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('makes a tenant, and a token that sees that tenant alone', async () => {
    expect(asAdmin('tenants create north --name North').status).toBe(0);
    expect(asAdmin('tenants create north --name North').status).toBe(1);
    const made = asAdmin(
      'tokens create line-3 --scopes read,write,secrets:read --tenant north --json',
    );
    token = String(made.json()['token']);
    expect(asTeam('products create thermo --name Thermostat').status).toBe(0);
    await listed('products list', 'thermo');
    expect(asAdmin('products list').stdout).not.toContain('thermo');
    expect(asAdmin('products list --tenant north').stdout).toContain('thermo');
    expect(asTeam('tenants list').status).toBe(1);
  });

  it('tries an import, which makes nothing', () => {
    const tried = asTeam(`devices import ${fleet} --product-key thermo --dry-run --json`);
    expect(tried.status).toBe(1);
    expect(tried.json()).toMatchObject({ state: 'done', rows: 502, accepted: 500, refused: 2 });
    expect(asTeam('devices list --product-key thermo').stdout.trim()).toBe('(none)');
  });

  it('imports the fleet, names the rows that are refused, and repeats nothing', () => {
    const imported = asTeam(`devices import ${fleet} --product-key thermo --wait`);
    expect(imported.status, imported.output).toBe(1);
    expect(imported.output).toContain('jobs undo');
    expect(imported.output).toContain('applied on 1 of 1');
    const again = asTeam(`devices import ${fleet} --product-key thermo --json`).json();
    expect(again).toMatchObject({ state: 'done', rows: 502, accepted: 500, refused: 2 });
    jobId = String(again['jobId']);
    expect(imported.output).toContain(jobId);
    const refused = asTeam(`jobs rows ${jobId} --state refused --all`);
    expect(refused.stdout.trim().split('\n')).toHaveLength(3);
    expect(refused.stdout).toContain('device-key-taken');
  });

  it('gives the secrets once, in a file of their owner; one of them lets its device in', async () => {
    const saved = asTeam(`jobs secrets ${jobId} --out ${secrets}`);
    expect(saved.status, saved.output).toBe(0);
    expect(statSync(secrets).mode & 0o777).toBe(0o600);
    const lines = readFileSync(secrets, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(501);
    expect(asTeam(`jobs secrets ${jobId}`).status).toBe(1);
    const [deviceKey = '', , secret = ''] =
      lines.find((line) => line.startsWith('unit-7,'))?.split(',') ?? [];
    const login = alibabaLogin('thermo', deviceKey, secret);
    const device = await connectDevice(given.app.ports['mqtt'] ?? 0, login);
    expect(device.code).toBe(0);
    await device.disconnect();
  });

  it('takes the import back, but the device that was activated', async () => {
    const undone = asTeam(`jobs undo ${jobId} --wait --json`);
    expect(undone.status, undone.output).toBe(0);
    expect(undone.json()).toMatchObject({ state: 'undone' });
    expect(asTeam(`jobs rows ${jobId} --state kept`).stdout).toContain('unit-7');
    const left = (): string => asTeam('devices list --product-key thermo').stdout;
    await until('one device is left', 20_000, () => left().trim().split('\n').length === 2);
    expect(left()).toContain('unit-7');
  });

  it('tells in the audit who did it', async () => {
    await listed('audit --actor token:line-3', 'undoJob');
  });

  it('compares the views with the log', () => {
    const verified = asAdmin('views verify');
    expect(verified.status, verified.output).toBe(0);
    expect(verified.stdout).toMatch(/devices +true +1\b/);
    expect(asAdmin('views rebuild devices --wait').status).toBe(0);
    expect(asTeam('views verify').status).toBe(1);
  });

  it('revokes the token', () => {
    const [row] = asAdmin('tokens list --tenant north --json').json()['data'] as [{ id: string }];
    expect(asAdmin(`tokens delete ${row.id} --tenant north`).status).toBe(0);
    expect(asTeam('devices list').status).toBe(1);
  });
});
