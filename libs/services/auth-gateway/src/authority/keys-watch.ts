import type { Clock } from '@tallystick/ports';

interface ErrorLog {
  error(fields: object, message: string): void;
}

const TOLD_AGAIN_MS = 60_000;

/** Says in the log that this gateway cannot open its credentials, at most once a minute: every device that it turns away is one more sign. */
export class KeysWatch {
  readonly #logger: ErrorLog;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #toldAt = -Infinity;

  constructor(logger: ErrorLog, clock: Pick<Clock, 'monotonicMs'>) {
    this.#logger = logger;
    this.#clock = clock;
  }

  tell(): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#toldAt < TOLD_AGAIN_MS) return;
    this.#toldAt = now;
    this.#logger.error(
      {},
      'a credential does not open under TALLYSTICK_GATEWAY_KEYS_FILE: it must be the file of the registries; devices are told to try again',
    );
  }
}
