import { timingSafeEqual } from 'node:crypto';
import { hashOfToken, tokenIdOf } from '@tallystick/application';
import type { LiveToken, TokenState } from '@tallystick/domain';
import type { EpochMs } from '@tallystick/kernel';
import type { Clock } from '@tallystick/ports';

export interface Tokens {
  /** null: never issued, revoked, or its time is over. */
  find(token: string): Promise<LiveToken | null>;
  /** Whether one that was found is still in force. */
  isInForce(tokenId: string): Promise<boolean>;
  /** It was revoked here: what is known of it holds no longer. */
  forget(tokenId: string): void;
}

export interface TokensDeps {
  /** Straight from the store: a view may be behind, and a revoked token must end. */
  readonly load: (tokenId: string) => Promise<{ readonly state: TokenState }>;
  readonly clock: Clock;
}

/**
 * A revoked token is refused within a second on every replica: what is known is no older, with room
 * for a store that takes its time.
 */
const KNOWN_MS = 250;
/** Those that were looked for last; who guesses ids drives others out and costs them a read. */
const MOST_KNOWN = 10_000;

interface Known {
  readonly at: number;
  readonly state: Promise<TokenState>;
}

function createKnownStates({ load, clock }: TokensDeps) {
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
  return {
    of(tokenId: string): Promise<TokenState> {
      const found = known.get(tokenId);
      return found !== undefined && clock.monotonicMs() - found.at < KNOWN_MS
        ? found.state
        : read(tokenId);
    },
    forget: (tokenId: string): void => void known.delete(tokenId),
  };
}

const NO_HASH = hashOfToken('');

function isInForce(state: TokenState, now: EpochMs): state is LiveToken {
  return state.status === 'live' && (state.expiresAt === null || state.expiresAt > now);
}

export function createTokens(deps: TokensDeps): Tokens {
  const states = createKnownStates(deps);
  return {
    async find(token) {
      const tokenId = tokenIdOf(token);
      if (tokenId === null) return null;
      const state = await states.of(tokenId);
      const hash = state.status === 'absent' ? NO_HASH : state.tokenHash;
      // The comparison is made for an unknown id too.
      const same = timingSafeEqual(Buffer.from(hash), Buffer.from(hashOfToken(token)));
      return same && isInForce(state, deps.clock.now()) ? state : null;
    },
    isInForce: async (tokenId) => isInForce(await states.of(tokenId), deps.clock.now()),
    forget: states.forget,
  };
}
