import { runToEnd } from '../../stack/processes.ts';

/** What a command line did. */
export interface Typed {
  readonly status: number;
  readonly stdout: string;
  /** Both outputs together. */
  readonly output: string;
  /** What --json printed. */
  json(): Record<string, unknown>;
}

/** Runs `tallystick …` to its end, as an operator of the platform in a HOME. */
export function tallystick(
  home: string,
  words: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Typed {
  const environment = { TALLYSTICK_HOME: home, TALLYSTICK_TOKEN: '', ...settings };
  const args = ['deploy/run-app.mjs', 'cli', ...words];
  const ran = runToEnd(process.execPath, args, 120_000, environment);
  return { ...ran, json: () => JSON.parse(ran.stdout) as Record<string, unknown> };
}
