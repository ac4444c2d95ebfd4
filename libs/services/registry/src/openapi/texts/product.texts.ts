import type { OperationText } from './text.types.ts';

export const PRODUCT_TEXTS = {
  createProduct: {
    tag: 'Products',
    summary: 'Create a product',
    description:
      'Makes a kind of device. A product key or secret that is left out is made by the platform; the secret stands in this answer, and later in GET …/secret. What else is left out takes its default.',
  },
  listProducts: {
    tag: 'Products',
    summary: 'List the products',
    description:
      'One page of the products of the tenant, the oldest first; with `q`, those whose key or name begins so. `nextCursor` leads to the next page.',
  },
  getProduct: {
    tag: 'Products',
    summary: 'Get a product',
    description: 'The product and its policy, without its secret.',
  },
  patchProduct: {
    tag: 'Products',
    summary: 'Change a product',
    description:
      'Changes the fields that are given, and leaves the others as they are. Switching dynamicActivation off works on every gateway as fast as disabling a device. Another dialect holds for what is registered from then on: devices keep their ids, keys and secrets, also where the new dialect would not take them.',
  },
  deleteProduct: {
    tag: 'Products',
    summary: 'Delete a product without devices',
    description: 'Refused with product-not-empty while it has devices: delete them first.',
  },
  resetProductSecret: {
    tag: 'Products',
    summary: 'Give a product a new secret',
    description:
      'The older secret holds for overlapSeconds more, or no longer where that is left out. Without productSecret the platform makes one; the answer shows it.',
  },
  readProductSecret: {
    tag: 'Products',
    summary: 'Read the secrets of a product',
    description:
      'The secrets that hold now, newest first. The call is audited: the event SecretRead says who read which versions.',
  },
  listMultiClientIds: {
    tag: 'Products',
    summary: 'List names that more than one unit uses',
    description:
      'The devices of the product whose name more than one physical unit has claimed, with how many are let in and how many are forbidden.',
  },
} as const satisfies Readonly<Record<string, OperationText>>;
