import { createHash } from 'node:crypto';
import {
  decideToken,
  evolveToken,
  initialToken,
  type Scope,
  type TokenCommand,
  type TokenState,
} from '@tallystick/domain';
import { err, type EpochMs } from '@tallystick/kernel';
import type { Answer, CallContext } from './handlers.types.ts';
import type { Parts } from './parts.ts';
import { streamUseCase } from './stream-use-case.ts';

export interface IssueTokenInput {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: EpochMs | null;
}

export interface TokenReply {
  /** In the clear; shown now and never again. */
  readonly token: string;
}

const ID_CHARACTERS = 20;
/** 43 of 62 characters carry 256 bits. */
const SECRET_CHARACTERS = 43;

/** How a token is kept: it is random, so a plain hash tells nothing of it. */
export const hashOfToken = (token: string): string =>
  createHash('sha256').update(token).digest('hex');

const TOKEN = /^(tk_[A-Za-z0-9]{20})\.[A-Za-z0-9]{43}$/;

/** The id of a token that this platform may have issued; null: it never issued such a one. */
export function tokenIdOf(token: string): string | null {
  return TOKEN.exec(token)?.[1] ?? null;
}

/** Another tenant's token is as unknown as none. */
const ofTenant = (tenant: string, state: TokenState): TokenState =>
  state.status === 'absent' || state.tenant === tenant ? state : initialToken;

export function createTokenHandlers(parts: Parts) {
  const { ids, clock, loading } = parts;
  const run = <Reply>(
    tokenId: string,
    command: TokenCommand,
    reply: Reply,
    context: CallContext,
  ): Answer<TokenState, Reply> => {
    const on = {
      load: () => loading.token(tokenId),
      decide: (state: TokenState) =>
        decideToken(command, ofTenant(context.tenant, state), clock.now()),
      evolve: evolveToken,
      reply,
    };
    return parts.run(streamUseCase(parts, context, on), context);
  };
  return {
    /** For the tenant of the context. */
    async issue(input: IssueTokenInput, context: CallContext): Answer<TokenState, TokenReply> {
      const { expiresAt } = input;
      if (expiresAt !== null && expiresAt <= clock.now())
        return err({ code: 'invalid-field', path: 'expiresAt', message: 'must lie ahead' });
      const tokenId = `tk_${ids.token(ID_CHARACTERS)}`;
      const token = `${tokenId}.${ids.token(SECRET_CHARACTERS)}`;
      const { tenant } = context;
      const issued = { ...input, tokenId, tenant, tokenHash: hashOfToken(token) };
      return run(tokenId, { type: 'IssueToken', ...issued }, { token }, context);
    },
    revoke: (tokenId: string, context: CallContext): Answer<TokenState, null> =>
      run(tokenId, { type: 'RevokeToken' }, null, context),
  };
}

export type TokenHandlers = ReturnType<typeof createTokenHandlers>;
