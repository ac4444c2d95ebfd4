import type { Command } from './command.types.ts';
import { COMMANDS } from './commands.ts';
import { fieldHelp } from './field-help.ts';
import { flagOf, flagsOf, takesTenant } from './flags.ts';

export const HELP_WORDS: readonly string[] = ['--help', '-h', 'help'];

export function usageOf(command: Command): string {
  const positionals = command.positionals.map((name) =>
    name.startsWith('[') ? name : `<${name}>`,
  );
  const flags = flagsOf(command.fields, command.required ?? []);
  const wait = command.waits === undefined ? '' : '[--wait[=SECONDS]]';
  const tenant = takesTenant(command) ? '[--tenant …]' : '';
  return ['tallystick', command.name, ...positionals, flags, wait, '[--json]', tenant]
    .filter((part) => part !== '')
    .join(' ');
}

function rows(pairs: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}

const WAITS = {
  effects: 'waits until every gateway has applied it, 60 s at most; exit 4 if not',
  end: 'waits until it has ended, however long or so many seconds; exit 4 if it has not',
} satisfies Record<NonNullable<Command['waits']>, string>;

/** One command: what it does, its words with their values and defaults, and an example. */
export function commandHelp(command: Command): string {
  const positionals = command.positionals.map((name): [string, string] => [
    name,
    fieldHelp(name, command.name),
  ]);
  const flags = Object.entries(command.fields).map(([name, type]): [string, string] => [
    type === 'boolean' ? flagOf(name).replace('--', '--[no-]') : flagOf(name),
    fieldHelp(name, command.name),
  ]);
  const always: [string, string][] = [['--json', 'prints what the API answered']];
  if (command.waits !== undefined) always.unshift(['--wait[=SECONDS]', WAITS[command.waits]]);
  if (takesTenant(command)) always.push(['--tenant', fieldHelp('tenant')]);
  return [
    command.help,
    '',
    `  ${usageOf(command)}`,
    '',
    ...rows([...positionals, ...flags, ...always]),
    '',
    'Example:',
    `  tallystick ${command.example}`,
  ].join('\n');
}

/** All commands, or those that begin with the first word: `tallystick units --help`. */
export function help([first = '']: readonly string[]): string {
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
  const shown = group.length > 0 ? group : COMMANDS;
  return [
    'tallystick: operates a Tallystick platform.',
    '',
    ...rows(shown.map((command) => [command.name, command.help])),
    '',
    'tallystick <command> --help shows its words. --json prints what the API answered. --version tells the release.',
    'TALLYSTICK_URL and TALLYSTICK_TOKEN (or TALLYSTICK_TOKEN_FILE) name the platform; without them, the one in TALLYSTICK_HOME.',
    'Exit: 0 done, 1 refused, 2 usage, 3 unreachable, 4 not applied everywhere, or not ended, when the wait ended.',
  ].join('\n');
}
