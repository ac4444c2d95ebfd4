import type {
  ActivationAnswer,
  ActivationRequest,
  ClaimAnswer,
  ClaimRequest,
  ReleaseRequest,
} from '@tallystick/contracts';
import type { Outage } from '@tallystick/kernel';

export interface RegistryClientOptions {
  readonly urls: readonly string[];
  readonly token: string;
  /** For one registry; the next is asked after. */
  readonly timeoutMs?: number;
  /** Told when no registry answers, and why each did not. */
  readonly outage?: Outage;
}

export interface Reply<Answer> {
  /** Null: no registry answered. */
  readonly answer: Answer | null;
  /** A registry that did not answer, or not completely, may still have done what was asked. */
  readonly perhapsMade: boolean;
}

type Refusable = { readonly granted: true } | { readonly granted: false; readonly reason: string };

interface Unanswered {
  /** `silent`: it was sent, and nobody knows what became of it. */
  readonly state: 'unreached' | 'silent';
  readonly why: string;
}
type Asked = { readonly body: unknown } | Unanswered;

const TIMEOUT_MS = 4_000;
const CLAIMS = 'claims';
/** Errors before anything was sent. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Asks one registry after another. A claim or an activation repeated under its id gets the same
 * answer from each.
 */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  #first = 0;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
  }

  claim(request: ClaimRequest): Promise<Reply<ClaimAnswer>> {
    return this.#askInTurn('/internal/v1/claims', request, isClaimAnswer);
  }

  /** One that was perhaps made does no harm: it says again what was said. */
  activate(request: ActivationRequest): Promise<Reply<ActivationAnswer>> {
    return this.#askInTurn('/internal/v1/activations', request, isActivationAnswer);
  }

  async #askInTurn<Answer extends Refusable>(
    path: string,
    request: object,
    isAnswer: (body: unknown) => body is Answer,
  ): Promise<Reply<Answer>> {
    let away: Answer | null = null;
    let perhapsMade = false;
    const why: string[] = [];
    for (const at of this.#order()) {
      const asked = await this.#ask(at, path, request);
      if ('why' in asked) why.push(asked.why);
      if ('why' in asked && asked.state === 'silent') perhapsMade = true;
      if ('why' in asked || !isAnswer(asked.body)) continue;
      const { body: answer } = asked;
      // Another one may reach what this one does not.
      if (isAway(answer)) away = answer;
      else return this.#prefer(at, { answer, perhapsMade: perhapsMade && !answer.granted });
    }
    if (away === null) this.#options.outage?.failed(CLAIMS, why.join('; '));
    return { answer: away, perhapsMade };
  }

  release(request: ReleaseRequest): Promise<boolean> {
    return this.#tell('/internal/v1/claims/release', request);
  }

  /** Ends a claim that was perhaps made. */
  abandon(request: ClaimRequest): Promise<boolean> {
    return this.#tell('/internal/v1/claims/abandon', request);
  }

  async #tell(path: string, body: object): Promise<boolean> {
    for (const at of this.#order())
      if ('body' in (await this.#ask(at, path, body))) return this.#prefer(at, true);
    return false;
  }

  /** From the one that answered last. */
  #order(): readonly number[] {
    const { length } = this.#options.urls;
    return Array.from({ length }, (_, tried) => (this.#first + tried) % length);
  }

  #prefer<T>(at: number, answer: T): T {
    this.#first = at;
    this.#options.outage?.succeeded(CLAIMS);
    return answer;
  }

  async #ask(at: number, path: string, body: object): Promise<Asked> {
    const { urls, token, timeoutMs = TIMEOUT_MS } = this.#options;
    try {
      const response = await fetch(new URL(path, urls[at]), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const answer: unknown = await response.json();
      if (response.ok) return { body: answer };
      return {
        state: response.status < 500 ? 'unreached' : 'silent',
        why: `${String(urls[at])}: ${inWords(response.status)}`,
      };
    } catch (error) {
      const code = codeOf(error);
      return {
        state: UNREACHED.has(code) ? 'unreached' : 'silent',
        why: `${String(urls[at])}: ${code || 'no answer'}`,
      };
    }
  }
}

function inWords(status: number): string {
  return status === 401 ? 'the internal token is not its own' : `HTTP ${status}`;
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

function isAway(answer: Refusable): boolean {
  return !answer.granted && answer.reason === 'registry-away';
}

const isClaimAnswer = (answer: unknown): answer is ClaimAnswer =>
  isAnswerWith(answer, ['deviceToken', 'clientId']);

const isActivationAnswer = (answer: unknown): answer is ActivationAnswer =>
  isAnswerWith(answer, ['deviceSecret', 'secretVersion']);

/** A registry's answer, and with a grant what it gives. */
function isAnswerWith(answer: unknown, grants: readonly string[]): boolean {
  if (typeof answer !== 'object' || answer === null || !('granted' in answer)) return false;
  if (answer.granted === false) return 'reason' in answer && typeof answer.reason === 'string';
  return grants.every((name) => name in answer);
}
