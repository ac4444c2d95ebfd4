import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endChild } from '../../stack/processes.ts';

const script = fileURLToPath(new URL('../children/relay-process.ts', import.meta.url));

interface Status {
  readonly leading: boolean;
  readonly lanes: Readonly<Record<'fast' | 'bulk', { readonly position: number }>>;
}

/** A relay in a process of its own. */
export interface RelayProcess {
  readonly name: string;
  /** What it last said; null before it spoke. A stopped process says nothing new. */
  status(): Status | null;
  ended(): boolean;
  log(): string;
  pause(): void;
  resume(): void;
  end(): Promise<void>;
}

export function startRelayProcess(
  name: string,
  settings: Readonly<Record<string, string>>,
): RelayProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=@tallystick/source', '--disable-warning=ExperimentalWarning', script],
    { env: { PATH: process.env['PATH'], ...settings }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let status: Status | null = null;
  let log = '';
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    const last = lines.at(-1);
    if (last !== undefined) status = JSON.parse(last) as Status;
  });
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')));
  return {
    name,
    status: () => status,
    ended: () => child.exitCode !== null,
    log: () => `${name}: ${log}`,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    end: () => {
      child.kill('SIGCONT');
      return endChild(child, 'SIGTERM');
    },
  };
}
