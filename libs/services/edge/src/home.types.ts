import type { PortName } from './app-ports.ts';

/** An app's own folder, held by a lock file until `release`. */
export interface Home {
  /** Absolute. */
  readonly path: string;
  /** Absolute path of a file or folder in it. */
  file(name: string): string;
  /** Adds to `ports.json` (atomic replace). To be called before the service says it is ready. */
  publishPort(name: PortName, port: number): void;
  release(): void;
}
