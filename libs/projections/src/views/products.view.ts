import { toProductEvent } from '@tallystick/contracts';
import { evolveProduct, initialProduct, type ProductState } from '@tallystick/domain';
import type { Table } from '../stores/sql/statements.ts';
import { countProducts, fillProductCounts } from './product-counts.ts';
import { ofStreams } from './rows-of-streams.ts';
import type { IdentityView } from './view.types.ts';

const TABLE: Table = {
  name: 'products',
  columns: ['product_key', 'tenant', 'name', 'created_at', 'revision', 'state'],
  keyColumns: 1,
  documents: ['state'],
};

/** Every living product, and how many each tenant has. */
export const productsView: IdentityView = {
  name: 'products',
  version: 3,
  tables: [
    {
      name: 'products',
      columns: `product_key ?KEY NOT NULL, tenant ?KEY NOT NULL, name ?KEY NOT NULL, created_at BIGINT NOT NULL,
        revision BIGINT NOT NULL, state TEXT NOT NULL`,
      key: 'product_key',
      indexes: { products_in_order: '(tenant, created_at, product_key)' },
    },
    {
      name: 'product_counts',
      columns: 'tenant ?KEY NOT NULL, products BIGINT NOT NULL',
      key: 'tenant',
      indexed: 'first',
      meansNothing: 'products = 0',
    },
  ],
  ...ofStreams<ProductState, NonNullable<ReturnType<typeof toProductEvent>>>({
    table: TABLE,
    prefix: 'product/',
    keyOf: (name) => (name.kind === 'product' ? name.productKey : null),
    toEvent: toProductEvent,
    evolve: evolveProduct,
    initial: initialProduct,
    toValues: (state) =>
      state.status === 'absent' ? null : [state.tenant, state.name, state.createdAt],
    onMoved: countProducts,
  }),
  complete: (write) => write(fillProductCounts),
};
