import type { ClaimAnswer, ClaimRequest, ReleaseRequest } from '@tallystick/contracts';

export interface RegistryClientOptions {
  readonly urls: readonly string[];
  readonly token: string;
  /** For one registry; the next is asked after. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 4_000;

/** Asks the registries in turn; null: none answered. A claim repeated under its claim id gets the same answer. */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  #first = 0;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
  }

  async claim(request: ClaimRequest): Promise<ClaimAnswer | null> {
    const answer = await this.#post('/internal/v1/claims', request);
    return isClaimAnswer(answer) ? answer : null;
  }

  async release(request: ReleaseRequest): Promise<boolean> {
    return (await this.#post('/internal/v1/claims/release', request)) !== null;
  }

  async #post(path: string, body: object): Promise<unknown> {
    const { urls } = this.#options;
    for (let tried = 0; tried < urls.length; tried += 1) {
      const at = (this.#first + tried) % urls.length;
      const answer = await this.#ask(new URL(path, urls[at]), body);
      if (answer === null) continue;
      this.#first = at;
      return answer;
    }
    return null;
  }

  async #ask(url: URL, body: object): Promise<unknown> {
    const { token, timeoutMs = TIMEOUT_MS } = this.#options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const answer: unknown = await response.json();
      return response.ok ? answer : null;
    } catch {
      return null;
    }
  }
}

function isClaimAnswer(answer: unknown): answer is ClaimAnswer {
  if (typeof answer !== 'object' || answer === null || !('granted' in answer)) return false;
  if (answer.granted === false) return 'reason' in answer && typeof answer.reason === 'string';
  return 'deviceToken' in answer && 'clientId' in answer;
}
