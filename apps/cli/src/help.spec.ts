import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.ts';
import { fieldHelp } from './field-help.ts';
import { commandHelp } from './help.ts';
import { parseWords } from './flags.ts';
import { run } from './run.ts';
import { VERSION } from './version.ts';

async function said(...words: string[]): Promise<string> {
  const out: string[] = [];
  const output = { out: (text: string) => void out.push(text), err: () => undefined };
  await run(words, {}, output, new AbortController().signal);
  return out.join('\n');
}

describe('what the command line tells of itself', () => {
  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    '%s: each word and flag has a help, and its example is one that it takes',
    (_, command) => {
      for (const name of [...command.positionals, ...Object.keys(command.fields)])
        expect(fieldHelp(name, command.name), name).not.toBe('');
      expect(command.example.startsWith(command.name)).toBe(true);
      const rest = command.example.slice(command.name.length).split(' ').filter(Boolean);
      const words = parseWords(rest, command);
      expect(words.positionals.length).toBeLessThanOrEqual(command.positionals.length);
      for (const field of command.required ?? []) expect(words.fields).toHaveProperty(field);
    },
  );

  it('shows values, defaults and an example', async () => {
    const help = await said('devices', 'create', '--help');
    expect(help).toContain('MAC address, IMEI or serial number');
    expect(help).toContain('left out, one is made');
    expect(help).toContain('tallystick devices create unit-1 --product-key thermo');
    expect(commandHelp(COMMANDS[0] ?? fail())).toContain('(default: 5)');
  });

  it('tells the release that package.json names', async () => {
    const root = new URL('../../../package.json', import.meta.url);
    const { version } = JSON.parse(readFileSync(root, 'utf8')) as { version: string };
    expect([await said('--version'), VERSION]).toEqual([version, version]);
  });
});

function fail(): never {
  throw new Error('there are no commands');
}

describe('completion', () => {
  /** What bash offers for the words that were typed; the last is still being typed. */
  async function offers(...typed: string[]): Promise<readonly string[]> {
    const script = `${await said('completion', 'bash')}
      COMP_WORDS=(tallystick "$@"); COMP_CWORD=$#; _tallystick; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync('bash', ['-c', script, 'bash', ...typed], { encoding: 'utf8' });
    return stdout.split('\n').filter(Boolean);
  }

  it('offers commands, their second words, and their flags in bash', async () => {
    expect(await offers('dev')).toEqual(['devices']);
    expect(await offers('devices', 'dis')).toEqual(['disable']);
    expect(await offers('devices', 'disable', 'thermo/unit-1', '--re')).toEqual(['--reason']);
    expect(await offers('gateways', '')).toEqual(['list', 'retire']);
  });

  it.each(['zsh', 'fish'])('names every command for %s', async (shell) => {
    const script = await said('completion', shell);
    for (const { name } of COMMANDS) expect(script).toContain(name.split(' ').at(-1));
  });
});
