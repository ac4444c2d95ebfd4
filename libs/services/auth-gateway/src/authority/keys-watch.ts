import { OncePerMinute } from '@tallystick/kernel';
import type { Clock } from '@tallystick/ports';

interface ErrorLog {
  error(fields: object, message: string): void;
}

/**
 * Says in the log that this gateway cannot open its credentials, at most once a minute: every
 * device that it turns away is one more sign.
 */
export class KeysWatch {
  readonly #logger: ErrorLog;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #minute = new OncePerMinute();

  constructor(logger: ErrorLog, clock: Pick<Clock, 'monotonicMs'>) {
    this.#logger = logger;
    this.#clock = clock;
  }

  tell(): void {
    if (!this.#minute.due(this.#clock.monotonicMs())) return;
    this.#logger.error(
      {},
      'a credential does not open under TALLYSTICK_GATEWAY_KEYS_FILE: it must be the file of the registries; devices are told to try again',
    );
  }
}
