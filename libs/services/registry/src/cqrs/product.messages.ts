import type {
  CreateProductBody,
  MultiClientIdDocument,
  PatchProductBody,
  ProductDocument,
  ResetProductSecretBody,
} from '@tallystick/contracts';
import type { GetQuery, ListQuery } from '../http/query.schemas.ts';
import type { Page } from '../operations/operations.types.ts';
import { onRead, onWrite, Read, Write } from './intent.ts';

export class CreateProduct extends Write<null, CreateProductBody> {}
export class PatchProduct extends Write<string, PatchProductBody> {}
export class DeleteProduct extends Write<string, null> {}
export class ResetProductSecret extends Write<string, ResetProductSecretBody> {}
export class ReadProductSecret extends Write<string, GetQuery> {}
export class ListProducts extends Read<null, ListQuery, Page<ProductDocument>> {}
export class GetProduct extends Read<string, GetQuery, ProductDocument> {}
export class ListMultiClientIds extends Read<string, ListQuery, Page<MultiClientIdDocument>> {}

export const PRODUCT_HANDLERS = [
  onWrite(CreateProduct, ({ products }, { call, body }) => products.create(call, body)),
  onWrite(PatchProduct, ({ products }, { call, target, body }) =>
    products.patch(call, target, body),
  ),
  onWrite(DeleteProduct, ({ products }, { call, target }) => products.remove(call, target)),
  onWrite(ResetProductSecret, ({ products }, { call, target, body }) =>
    products.resetSecret(call, target, body),
  ),
  onWrite(ReadProductSecret, async ({ products, views }, { call, target, body }) => {
    if (body.after !== undefined) await views.reach(body.after);
    return products.readSecret(call, target);
  }),
  onRead(ListProducts, ({ products }, { call, asked }) => products.list(call, asked)),
  onRead(GetProduct, ({ products }, { call, target }) => products.get(call, target)),
  onRead(ListMultiClientIds, ({ products }, { call, target, asked }) =>
    products.multiClientIds(call, target, asked),
  ),
];
