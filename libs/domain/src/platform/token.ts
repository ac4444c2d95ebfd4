import {
  assertNever,
  err,
  ok,
  parseRfc3339,
  toRfc3339,
  type EpochMs,
  type Result,
} from '@tallystick/kernel';
import type { Scope, TokenEvent, TokenState } from './platform.types.ts';

export const initialToken: TokenState = { status: 'absent' };

export type TokenCommand =
  | {
      readonly type: 'IssueToken';
      readonly tokenId: string;
      readonly tenant: string;
      readonly name: string;
      readonly scopes: readonly Scope[];
      readonly expiresAt: EpochMs | null;
      readonly tokenHash: string;
    }
  | { readonly type: 'RevokeToken' };

export type TokenRefusal = { readonly code: 'token-unknown' };

export function decideToken(
  command: TokenCommand,
  state: TokenState,
  now: EpochMs,
): Result<readonly TokenEvent[], TokenRefusal> {
  switch (command.type) {
    case 'IssueToken': {
      const { type: _, expiresAt, ...issued } = command;
      const end = expiresAt === null ? null : toRfc3339(expiresAt);
      return ok([{ type: 'TokenIssued', time: now, data: { ...issued, expiresAt: end } }]);
    }
    case 'RevokeToken': {
      if (state.status !== 'live') return err({ code: 'token-unknown' });
      const { tokenId, name } = state;
      return ok([{ type: 'TokenRevoked', time: now, data: { tokenId, name } }]);
    }
    default:
      return assertNever(command);
  }
}

export function evolveToken(state: TokenState, event: TokenEvent): TokenState {
  switch (event.type) {
    case 'TokenIssued': {
      const { time: createdAt, data } = event;
      // An end that cannot be read has come: null would be none.
      const end = data.expiresAt;
      const expiresAt = end === null ? null : (parseRfc3339(end) ?? createdAt);
      return { status: 'live', ...data, createdAt, expiresAt };
    }
    case 'TokenRevoked':
      return state.status === 'live' ? { ...state, status: 'revoked' } : state;
    default:
      return assertNever(event);
  }
}
