import { CommandHandler, QueryHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome } from '@tallystick/application';
import {
  toProductDocument,
  type CreateProductBody,
  type MultiClientIdDocument,
  type PatchProductBody,
  type ProductDocument,
  type ResetProductSecretBody,
} from '@tallystick/contracts';
import type { LiveProduct } from '@tallystick/domain';
import type { Call, Written } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { GetQuery, ListQuery, ProductListQuery } from '../http/query.schemas.ts';
import { Handler, type HandlerParts } from './handler.ts';
import { DEFAULT_LIMIT, type After, type Page, pageOf, Read, ReadHandler } from './read.ts';
import { exact, settle, tellSecret, Write } from './write.ts';

/** Which product is meant. */
interface OfProduct {
  readonly productKey: string;
}

export class CreateProduct extends Write<CreateProductBody> {}
export class PatchProduct extends Write<OfProduct & { readonly policy: PatchProductBody }> {}
export class DeleteProduct extends Write<OfProduct> {}
export class ResetProductSecret extends Write<OfProduct & ResetProductSecretBody> {}
/** A command, for it leaves its trace in the audit. */
export class ReadProductSecret extends Write<OfProduct & After> {}
export class ListProducts extends Read<ProductListQuery, Page<ProductDocument>> {}
export class GetProduct extends Read<OfProduct & GetQuery, ProductDocument> {}
export class ListMultiClientIds extends Read<OfProduct & ListQuery, Page<MultiClientIdDocument>> {}

type SecretOutcome = Outcome<LiveProduct, { readonly secret: string }>;

const withSecret = ({ state, revision, reply }: SecretOutcome) => ({
  ...toProductDocument(state, revision),
  productSecret: reply.secret,
});

/** As its stream tells. ProblemError `product-unknown`. */
async function loadProduct(
  { identity }: HandlerParts,
  { tenant }: Call,
  productKey: string,
): Promise<ProductDocument> {
  const { state, changedAt } = await identity.loading.product(productKey);
  if (state.status === 'absent' || state.tenant !== tenant)
    throw new ProblemError('product-unknown');
  return toProductDocument(state, changedAt);
}

@CommandHandler(CreateProduct)
export class CreateProductHandler extends Handler implements ICommandHandler<CreateProduct> {
  execute({ call, input }: CreateProduct): Promise<Written> {
    const { products } = this.parts.identity;
    const settled = settle(call, (context) => products.create(exact(input), context), withSecret);
    return tellSecret(this.parts, call, settled, 'productKey');
  }
}

@CommandHandler(PatchProduct)
export class PatchProductHandler extends Handler implements ICommandHandler<PatchProduct> {
  execute({ call, input: { productKey, policy } }: PatchProduct): Promise<Written> {
    const { products } = this.parts.identity;
    return settle(
      call,
      (context) => products.changePolicy(productKey, exact(policy), context),
      ({ state, revision }) => toProductDocument(state, revision),
    );
  }
}

@CommandHandler(DeleteProduct)
export class DeleteProductHandler extends Handler implements ICommandHandler<DeleteProduct> {
  execute({ call, input: { productKey } }: DeleteProduct): Promise<Written> {
    const { identity, views } = this.parts;
    const hasDevices = async (position: number): Promise<boolean> => {
      await views.reach(position);
      return (await views.countDevices(call.tenant, productKey)) > 0;
    };
    return settle(
      call,
      (context) => identity.products.remove(productKey, hasDevices, context),
      () => null,
    );
  }
}

@CommandHandler(ResetProductSecret)
export class ResetProductSecretHandler
  extends Handler
  implements ICommandHandler<ResetProductSecret>
{
  execute({ call, input }: ResetProductSecret): Promise<Written> {
    const { products } = this.parts.identity;
    const { productKey, productSecret: secret, overlapSeconds } = input;
    const settled = settle(
      call,
      (context) => products.resetSecret(productKey, exact({ secret, overlapSeconds }), context),
      withSecret,
    );
    return tellSecret(this.parts, call, settled, 'productKey');
  }
}

@CommandHandler(ReadProductSecret)
export class ReadProductSecretHandler
  extends Handler
  implements ICommandHandler<ReadProductSecret>
{
  async execute({ call, input: { productKey, after } }: ReadProductSecret): Promise<Written> {
    const { identity, views } = this.parts;
    if (after !== undefined) await views.reach(after);
    return settle(
      call,
      (context) => identity.products.readSecret(productKey, context),
      ({ reply }) => ({ secrets: reply.secrets.map((secret) => ({ ...secret })) }),
    );
  }
}

@QueryHandler(ListProducts)
export class ListProductsHandler extends ReadHandler<ListProducts, Page<ProductDocument>> {
  protected async read({ call, input: { limit = DEFAULT_LIMIT, cursor, q } }: ListProducts) {
    return pageOf(await this.parts.views.listProducts(call.tenant, limit, cursor, q));
  }
}

@QueryHandler(GetProduct)
export class GetProductHandler extends ReadHandler<GetProduct, ProductDocument> {
  protected read({ call, input }: GetProduct) {
    return loadProduct(this.parts, call, input.productKey);
  }
}

@QueryHandler(ListMultiClientIds)
export class ListMultiClientIdsHandler extends ReadHandler<
  ListMultiClientIds,
  Page<MultiClientIdDocument>
> {
  protected async read({ call, input }: ListMultiClientIds) {
    const { productKey, limit = DEFAULT_LIMIT, cursor } = input;
    await loadProduct(this.parts, call, productKey);
    const { views } = this.parts;
    return pageOf(await views.multiClientIds(call.tenant, productKey, limit, cursor));
  }
}

export const PRODUCT_HANDLERS = [
  ...[CreateProductHandler, PatchProductHandler, DeleteProductHandler],
  ...[ResetProductSecretHandler, ReadProductSecretHandler],
  ...[ListProductsHandler, GetProductHandler, ListMultiClientIdsHandler],
];
