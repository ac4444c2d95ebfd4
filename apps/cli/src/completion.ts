import type { Command } from './command.types.ts';
import { flagOf, takesTenant, Usage } from './flags.ts';

const flagsOfCommand = (command: Command): readonly string[] => [
  ...Object.keys(command.fields).map(flagOf),
  ...(command.waits === undefined ? [] : ['--wait']),
  '--json',
  ...(takesTenant(command) ? ['--tenant'] : []),
  '--help',
];

const firstWords = (commands: readonly Command[]): readonly string[] => [
  ...new Set(commands.map(({ name }) => name.split(' ')[0] ?? '')),
];

const secondWords = (commands: readonly Command[], first: string): readonly string[] =>
  commands.flatMap(({ name }) => {
    const [group, word] = name.split(' ');
    return group === first && word !== undefined ? [word] : [];
  });

/** Programmable completion of bash: by the words before the one that is typed. */
function bash(commands: readonly Command[]): string {
  const groups = firstWords(commands).map((first) => {
    const words = secondWords(commands, first);
    return words.length === 0 ? '' : `    '${first}') words='${words.join(' ')}' ;;`;
  });
  const flags = commands.map(
    (command) => `    '${command.name}'*) words='${flagsOfCommand(command).join(' ')}' ;;`,
  );
  return [
    '_tallystick() {',
    '  local typed="${COMP_WORDS[COMP_CWORD]}" words=\'\'',
    '  local before="${COMP_WORDS[*]:1:COMP_CWORD-1}"',
    '  case "$before" in',
    `    '') words='${firstWords(commands).join(' ')}' ;;`,
    ...groups.filter((line) => line !== ''),
    ...flags,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$typed"))',
    '}',
    'complete -F _tallystick tallystick',
  ].join('\n');
}

/** zsh reads bash's completions. */
function zsh(commands: readonly Command[]): string {
  return [
    'autoload -U +X compinit && compinit -u',
    'autoload -U +X bashcompinit && bashcompinit',
    bash(commands),
  ].join('\n');
}

function fish(commands: readonly Command[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", String.raw`\'`)}'`;
  const first = firstWords(commands).map(
    (word) => `complete -c tallystick -f -n __fish_use_subcommand -a ${quote(word)}`,
  );
  const second = commands.flatMap(({ name, help }) => {
    const [group = '', word] = name.split(' ');
    const others = secondWords(commands, group).join(' ');
    const when = `__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${others}`;
    return word === undefined
      ? []
      : [`complete -c tallystick -f -n ${quote(when)} -a ${quote(word)} -d ${quote(help)}`];
  });
  const flags = commands.flatMap((command) => {
    const seen = command.name
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    return flagsOfCommand(command).map(
      (flag) => `complete -c tallystick -f -n ${quote(seen)} -l ${flag.slice(2)}`,
    );
  });
  return [...first, ...second, ...flags].join('\n');
}

const SHELLS: ReadonlyMap<string, (commands: readonly Command[]) => string> = new Map([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
]);

/** The commands as they are known when it runs, itself among them. */
export function completionOf(all: () => readonly Command[]): Command {
  return {
    name: 'completion',
    help: 'Prints the completion of a shell: eval "$(tallystick completion bash)".',
    example: 'completion bash',
    positionals: ['shell'],
    fields: {},
    offline: true,
    run: async ({ positionals }, { output }) => {
      const made = SHELLS.get(positionals[0] ?? '');
      if (made === undefined) throw new Usage('the shell is bash, zsh or fish');
      output.out(made(all()));
      return 0;
    },
  };
}
