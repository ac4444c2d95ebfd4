import { CommandHandler, QueryHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome, TokenReply } from '@tallystick/application';
import { toTokenState, type CreateTokenBody, type TokenDocument } from '@tallystick/contracts';
import type { TokenState } from '@tallystick/domain';
import { toRfc3339, type JsonObject } from '@tallystick/kernel';
import { isInstallationAdmin } from '../http/caller.ts';
import type { Call, Written } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { ListQuery } from '../http/query.schemas.ts';
import { Handler } from './handler.ts';
import { DEFAULT_LIMIT, type Page, pageOf, Read, ReadHandler } from './read.ts';
import { settle, tellSecret, Write } from './write.ts';

export class CreateToken extends Write<CreateTokenBody> {}
export class DeleteToken extends Write<{ readonly tokenId: string }> {}
export class ListTokens extends Read<ListQuery, Page<TokenDocument>> {}

/** Of one tenant, in force or run out. */
const MOST_TOKENS = 1_000;

function renderToken({ state, reply }: Outcome<TokenState, TokenReply>): JsonObject {
  if (state.status === 'absent') throw new Error('a token was issued and is not there');
  return { ...toTokenState(state), lastUsedAt: null, token: reply.token };
}

@CommandHandler(CreateToken)
export class CreateTokenHandler extends Handler implements ICommandHandler<CreateToken> {
  async execute({ call, input }: CreateToken): Promise<Written> {
    const { name, scopes, expiresAt = null } = input;
    this.#checkScopes(call, input);
    const tenant = await this.#tenantOf(call, input);
    if ((await this.parts.views.countTokens(tenant)) >= MOST_TOKENS)
      throw new ProblemError(
        'quota-exceeded',
        `A tenant has at most ${MOST_TOKENS} tokens: delete those that are no longer used`,
      );
    const end = expiresAt === null ? null : Date.parse(expiresAt);
    const token = { name, scopes, expiresAt: end };
    const settled = settle(
      call,
      (context) => this.parts.identity.tokens.issue(token, { ...context, tenant }),
      renderToken,
    );
    return tellSecret(this.parts, call, settled, 'id');
  }

  #checkScopes({ caller }: Call, { scopes }: CreateTokenBody): void {
    const lacking = scopes.filter((scope) => !caller.scopes.has(scope));
    if (lacking.length > 0)
      throw new ProblemError(
        'forbidden',
        `Nobody grants what he does not hold: your token lacks ${lacking.join(', ')}`,
      );
  }

  async #tenantOf(call: Call, { tenant = call.tenant }: CreateTokenBody): Promise<string> {
    if (tenant === call.tenant) return tenant;
    if (!isInstallationAdmin(call.caller))
      throw new ProblemError('forbidden', 'tenant: your token is of another tenant');
    const found = await this.parts.identity.loading.tenant(tenant);
    if (found === null) throw new ProblemError('tenant-unknown', `There is no tenant ${tenant}`);
    return tenant;
  }
}

@CommandHandler(DeleteToken)
export class DeleteTokenHandler extends Handler implements ICommandHandler<DeleteToken> {
  async execute({ call, input: { tokenId } }: DeleteToken): Promise<Written> {
    const written = await settle(
      call,
      (context) => this.parts.identity.tokens.revoke(tokenId, context),
      () => null,
    );
    this.parts.tokens.forget(tokenId);
    return written;
  }
}

@QueryHandler(ListTokens)
export class ListTokensHandler extends ReadHandler<ListTokens, Page<TokenDocument>> {
  protected async read({ call, input: { limit = DEFAULT_LIMIT, cursor } }: ListTokens) {
    const { views, tokenUses } = this.parts;
    const { data, nextCursor } = pageOf(await views.listTokens(call.tenant, limit, cursor));
    const uses = await tokenUses.lastOf(data.map(({ id }) => id));
    const withUse = data.map((token) => {
      const at = uses.get(token.id);
      return { ...token, lastUsedAt: at === undefined ? null : toRfc3339(at) };
    });
    return { data: withUse, nextCursor };
  }
}

export const TOKEN_HANDLERS = [CreateTokenHandler, DeleteTokenHandler, ListTokensHandler];
