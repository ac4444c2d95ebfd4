import type { ApiClient } from './api-client.ts';
import type { Takes, Words } from './flags.ts';
import type { Upload } from './import/upload.ts';
import type { Output } from './output.ts';

export interface Context {
  readonly api: ApiClient;
  readonly upload: Upload;
  readonly output: Output;
  /** The open ports of a platform on this machine, by name. */
  readonly ports: Readonly<Record<string, unknown>>;
  /** Where devices reach the platform. */
  readonly deviceHost: string;
  /** The root of the certificate that a platform on this machine has made for itself. */
  readonly rootFile: string | null;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** What is typed, line by line. */
  readonly lines: AsyncIterable<string>;
  /** Standard input as it comes; one of both is read. */
  readonly stdin: AsyncIterable<Uint8Array>;
}

/** One command, e.g. `devices disable`. */
export interface Command extends Takes {
  readonly name: string;
  readonly help: string;
  /** Its words, as they are typed after `tallystick`. */
  readonly example: string;
  /** Names of the positional words, as usage shows them; one may be optional in brackets. */
  readonly positionals: readonly string[];
  /** Fields that must be given. */
  readonly required?: readonly string[];
  /** Answers the exit code: 0 done, 1 refused, 4 not applied everywhere or not ended in time. */
  run(words: Words, context: Context): Promise<number>;
}
