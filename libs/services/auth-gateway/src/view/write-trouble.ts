import { isPortError, OncePerMinute, type JsonValue } from '@tallystick/kernel';
import type { Clock, ViewStore } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';

/** Knows whether the view can be written at present, and tells the log once a minute while not. */
export class WriteTrouble {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #minute = new OncePerMinute();
  /** In the words of /readyz why not; null: it can. */
  failure: string | null = null;

  constructor(logger: Logger, clock: Pick<Clock, 'monotonicMs'>) {
    this.#logger = logger;
    this.#clock = clock;
  }

  note(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.failure = `the view cannot be written: ${why}`;
    if (this.#minute.due(this.#clock.monotonicMs()))
      this.#logger.error({ err: error }, 'the view cannot be written: nothing counts as applied');
  }

  over(): void {
    if (this.failure === null) return;
    this.failure = null;
    this.#logger.warn({}, 'the view can be written again');
  }
}

export interface ReadView {
  readonly store: Pick<ViewStore, 'get'>;
  readonly onFailed: (error: Error) => void;
}

/**
 * A value of the view. A file that turns out to be damaged ends the gateway: its next start begins
 * with an empty view.
 */
export function readWhole({ store, onFailed }: ReadView, key: string): JsonValue | undefined {
  try {
    return store.get(key);
  } catch (error) {
    if (isPortError(error, 'corrupt')) onFailed(error);
    throw error;
  }
}
