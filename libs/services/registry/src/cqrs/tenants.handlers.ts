import { CommandHandler, QueryHandler, type ICommandHandler } from '@nestjs/cqrs';
import { createdTenant } from '@tallystick/application';
import {
  telemetryTopic,
  toTenantDocument,
  type CreateTenantBody,
  type TenantDocument,
} from '@tallystick/contracts';
import { isPortError } from '@tallystick/kernel';
import type { Written } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { ListQuery } from '../http/query.schemas.ts';
import { Handler } from './handler.ts';
import { DEFAULT_LIMIT, type Page, pageOf, Read, ReadHandler } from './read.ts';
import { settle, Write } from './write.ts';

export class CreateTenant extends Write<CreateTenantBody> {}
export class ListTenants extends Read<ListQuery, Page<TenantDocument>> {}

@CommandHandler(CreateTenant)
export class CreateTenantHandler extends Handler implements ICommandHandler<CreateTenant> {
  async execute({ call, input }: CreateTenant): Promise<Written> {
    const { identity } = this.parts;
    const { tenant, name, deviceKeyScope = 'product' } = input;
    // The topic comes first: a tenant without it would lose what its devices say first.
    if ((await identity.loading.tenant(tenant)) === null) await this.#makeTopic(tenant);
    return settle(
      call,
      (context) => identity.tenants.create({ tenant, name, deviceKeyScope }, context),
      (outcome) => ({ ...toTenantDocument(createdTenant(outcome)) }),
    );
  }

  async #makeTopic(tenant: string): Promise<void> {
    try {
      await this.parts.ensureTopics([telemetryTopic(tenant)]);
    } catch (error) {
      throw isPortError(error) && error.retriable ? new ProblemError('bus-unavailable') : error;
    }
  }
}

@QueryHandler(ListTenants)
export class ListTenantsHandler extends ReadHandler<ListTenants, Page<TenantDocument>> {
  protected async read({ input: { limit = DEFAULT_LIMIT, cursor } }: ListTenants) {
    return pageOf(await this.parts.views.listTenants(limit, cursor));
  }
}

export const TENANT_HANDLERS = [CreateTenantHandler, ListTenantsHandler];
