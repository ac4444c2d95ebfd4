import { timingSafeEqual } from 'node:crypto';
import { hashOfToken, tokenIdOf } from '@tallystick/application';
import type { LiveToken, TokenState } from '@tallystick/domain';
import type { Clock } from '@tallystick/ports';

export interface Tokens {
  /** null: never issued, revoked, or its time is over. */
  find(token: string): Promise<LiveToken | null>;
}

export interface TokensDeps {
  /** Straight from the store: a view may be behind, and a revoked token must end. */
  readonly load: (tokenId: string) => Promise<{ readonly state: TokenState }>;
  readonly clock: Clock;
}

/** A revoked token is refused within a second on every replica: what is known is no older. */
const KNOWN_MS = 500;
/** Those that were looked for last; who guesses ids drives others out and costs them a read. */
const MOST_KNOWN = 10_000;

interface Known {
  readonly at: number;
  readonly state: Promise<TokenState>;
}

function createKnownStates({ load, clock }: TokensDeps): (id: string) => Promise<TokenState> {
  const known = new Map<string, Known>();
  const read = (tokenId: string): Promise<TokenState> => {
    const at = clock.monotonicMs();
    const state = load(tokenId).then((loaded) => loaded.state);
    known.delete(tokenId);
    known.set(tokenId, { at, state });
    // What failed is not known.
    state.catch(() => known.delete(tokenId));
    for (const oldest of known.keys()) {
      if (known.size <= MOST_KNOWN) break;
      known.delete(oldest);
    }
    return state;
  };
  return (tokenId) => {
    const found = known.get(tokenId);
    return found !== undefined && clock.monotonicMs() - found.at < KNOWN_MS
      ? found.state
      : read(tokenId);
  };
}

const NO_HASH = hashOfToken('');

export function createTokens(deps: TokensDeps): Tokens {
  const stateOf = createKnownStates(deps);
  return {
    async find(token) {
      const tokenId = tokenIdOf(token);
      if (tokenId === null) return null;
      const state = await stateOf(tokenId);
      const hash = state.status === 'absent' ? NO_HASH : state.tokenHash;
      // The comparison is made for an unknown id too.
      const same = timingSafeEqual(Buffer.from(hash), Buffer.from(hashOfToken(token)));
      if (!same || state.status !== 'live') return null;
      const { expiresAt } = state;
      return expiresAt !== null && expiresAt <= deps.clock.now() ? null : state;
    },
  };
}
