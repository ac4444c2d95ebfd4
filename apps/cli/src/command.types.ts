import type { ApiClient } from './api-client.ts';
import type { Fields, Words } from './flags.ts';
import type { Output } from './output.ts';

export interface Context {
  readonly api: ApiClient;
  readonly output: Output;
  /** The open ports of a platform on this machine, by name. */
  readonly ports: Readonly<Record<string, unknown>>;
  /** Where the platform is. */
  readonly host: string;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** What is typed, line by line. */
  readonly lines: AsyncIterable<string>;
}

/** One command, e.g. `devices disable`. */
export interface Command {
  readonly name: string;
  readonly help: string;
  /** Its words, as they are typed after `tallystick`. */
  readonly example: string;
  /** Names of the positional words, as usage shows them; one may be optional in brackets. */
  readonly positionals: readonly string[];
  readonly fields: Fields;
  /** Fields that must be given. */
  readonly required?: readonly string[];
  /** It changes what gateways let in: `--wait` waits until they know. */
  readonly waits?: true;
  /** It asks no platform. */
  readonly offline?: true;
  /** Answers the exit code: 0 done, 1 refused, 4 not applied everywhere in time. */
  run(words: Words, context: Context): Promise<number>;
}
