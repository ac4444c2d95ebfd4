import { createApiClient } from './api-client.ts';
import { Interrupted, Refused, Unreachable } from './failures.ts';
import type { Command, Context } from './command.types.ts';
import { COMMANDS } from './commands.ts';
import { flagOf, parseWords, Usage, type Words } from './flags.ts';
import { commandHelp, help, HELP_WORDS, usageOf } from './help.ts';
import type { Output } from './output.ts';
import { createUpload } from './import/upload.ts';
import { onOneLine, printable } from './printable.ts';
import { findTarget, type Environment, type Target } from './target.ts';
import { VERSION } from './version.ts';

/**
 * 0 done, 1 refused, 2 usage, 3 unreachable, 4 not applied everywhere in time; 130 broken off by
 * Ctrl-C.
 */
export type ExitCode = number;

function findCommand(
  argv: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } | null {
  for (const length of [2, 1]) {
    const command = COMMANDS.find(({ name }) => name === argv.slice(0, length).join(' '));
    if (command !== undefined) return { command, rest: argv.slice(length) };
  }
  return null;
}

/** Before anything is asked: what is not said at all is no refusal of the platform's. */
function checkWords(command: Command, words: Words): void {
  const { positionals, required = [] } = command;
  // An empty word is a variable of the caller's shell that was not set.
  const missing = positionals.find(
    (name, index) => !name.startsWith('[') && (words.positionals[index] ?? '') === '',
  );
  if (missing !== undefined) throw new Usage(`${missing} is missing`);
  const unsaid = required.find((name) => words.fields[name] === undefined);
  if (unsaid !== undefined) throw new Usage(`${flagOf(unsaid)} is missing`);
  if (words.positionals.length > command.positionals.length)
    throw new Usage(`${words.positionals[command.positionals.length] ?? ''} is one word too many`);
}

const NOWHERE: Target = {
  ...{ url: 'http://127.0.0.1', token: '', tokenSource: '', ports: {} },
  ...{ deviceHost: '', rootFile: null },
};

/** Nothing from elsewhere steers a terminal, whatever a command writes. */
function printableOnly(output: Output): Output {
  const { status } = output;
  return {
    out: (text) => output.out(printable(text)),
    err: (text) => output.err(printable(text)),
    ...(status === undefined ? {} : { status: (text) => status(onOneLine(text)) }),
  };
}

/** Nothing is typed. */
async function* nothing(): AsyncGenerator<never> {}

/**
 * The whole command line: reads the words, calls the API, writes, answers the exit code. Never
 * throws.
 */
export async function run(
  argv: readonly string[],
  environment: Environment,
  output: Output,
  signal: AbortSignal,
  input: Partial<Pick<Context, 'lines' | 'stdin'>> = {},
): Promise<ExitCode> {
  const safe = printableOnly(output);
  if (argv[0] === '--version') {
    output.out(VERSION);
    return 0;
  }
  const found = findCommand(argv);
  if (found === null) {
    const asked = argv.length === 0 || argv.some((word) => HELP_WORDS.includes(word));
    const said = asked ? '' : `tallystick: no command "${argv.join(' ')}"\n\n`;
    (asked ? output.out : output.err)(`${said}${help(argv)}`);
    return asked ? 0 : 2;
  }
  const { command, rest } = found;
  if (rest.includes('--help') || rest.includes('-h')) {
    output.out(commandHelp(command));
    return 0;
  }
  const io = { output: safe, signal, lines: nothing(), stdin: nothing(), ...input };
  return runCommand(command, rest, environment, io).catch((error: unknown) =>
    report(error, command, safe, rest.includes('--json')),
  );
}

async function runCommand(
  command: Command,
  rest: readonly string[],
  environment: Environment,
  io: Pick<Context, 'output' | 'signal' | 'lines' | 'stdin'>,
): Promise<ExitCode> {
  const words = parseWords(rest, command);
  checkWords(command, words);
  const target = command.offline === true ? NOWHERE : findTarget(environment);
  const caller = { ...target, tenant: words.tenant };
  return command.run(words, {
    ...io,
    api: createApiClient(caller, io.signal),
    upload: createUpload(caller, io.signal),
    ports: target.ports,
    deviceHost: target.deviceHost,
    rootFile: target.rootFile,
  });
}

function report(error: unknown, command: Command, output: Output, json: boolean): ExitCode {
  if (error instanceof Interrupted) return 130;
  if (error instanceof Refused) {
    if (json) output.out(JSON.stringify(error.body));
    output.err(`tallystick: ${error.message}`);
    return 1;
  }
  if (error instanceof Usage) {
    output.err(`tallystick: ${error.message}\nusage: ${usageOf(command)}`);
    return 2;
  }
  output.err(`tallystick: ${error instanceof Error ? error.message : String(error)}`);
  return error instanceof Unreachable ? 3 : 1;
}
