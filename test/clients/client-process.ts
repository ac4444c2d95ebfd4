import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endChild, spawn, until, type ChildProcess } from '../stack/processes.ts';

/** What a client said: a JSON object a line, with the name of what happened. */
export interface Told {
  readonly event: string;
  readonly [fact: string]: unknown;
}

/** A client as a process of its own: it says what happens to it, and does as it is told. */
export interface Client {
  /** The next that it tells under this name; each is given once. */
  next(event: string): Promise<Told>;
  /** All that it has told. */
  readonly told: readonly Told[];
  /** Both outputs, for a test that failed. */
  output(): string;
  order(order: object): void;
  /** Lets it end in order, and gives its exit code. */
  end(): Promise<number | null>;
  /** Ends it, whatever it does. */
  stop(): Promise<void>;
}

const WITHIN_MS = 60_000;

/**
 * The machine's environment less what would send a client elsewhere, or what somebody has set for
 * his own Python.
 */
function environment(settings: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || /^(PYTHON|NODE_|VITEST|.*_proxy$)/i.test(name)
      ? []
      : [[name, value] as const],
  );
  const python = { PYTHONUTF8: '1', PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };
  return { ...Object.fromEntries(kept), ...python, ...settings };
}

function parseTold(line: string): Told | null {
  if (!line.startsWith('{"event":')) return null;
  return JSON.parse(line) as Told;
}

class RunningClient implements Client {
  readonly told: Told[] = [];
  readonly #given = new Set<Told>();
  readonly #child: ChildProcess;
  #output = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    child.stderr?.on('data', (chunk: Buffer) => this.#keep(chunk.toString('utf8')));
    // It may have ended before it reads.
    child.stdin?.on('error', () => undefined);
  }

  #keep(text: string): void {
    this.#output = (this.#output + text).slice(-20_000);
  }

  #hear(line: string): void {
    this.#keep(`${line}\n`);
    const told = parseTold(line);
    if (told !== null) this.told.push(told);
  }

  output(): string {
    return this.#output;
  }

  async next(event: string): Promise<Told> {
    const find = (): Told | undefined =>
      this.told.find((one) => one.event === event && !this.#given.has(one));
    try {
      await until(`the client tells "${event}"`, WITHIN_MS, () => {
        if (find() === undefined && this.#child.exitCode !== null)
          throw new Error(`the client ended with ${this.#child.exitCode} before "${event}"`);
        return find() !== undefined;
      });
    } catch (error) {
      throw new Error(`${String(error)}\n${this.#output}`, { cause: error });
    }
    const found = find() ?? { event };
    this.#given.add(found);
    return found;
  }

  order(order: object): void {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  async end(): Promise<number | null> {
    this.#child.stdin?.end();
    await until(`the client ends:\n${this.#output}`, WITHIN_MS, () => this.#hasEnded());
    return this.#child.exitCode;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  stop(): Promise<void> {
    return endChild(this.#child, 'SIGKILL');
  }
}

/** Starts a command; the first thing that it is told is what it shall use. */
export function startClient(
  command: string,
  args: readonly string[],
  { given, settings = {} }: { given?: object; settings?: Readonly<Record<string, string>> } = {},
): Client {
  const child = spawn(command, [...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment(settings),
  });
  const client = new RunningClient(child);
  if (given !== undefined) client.order(given);
  return client;
}

export const scriptAt = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
