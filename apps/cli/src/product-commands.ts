import type { Command } from './command.types.ts';
import type { Fields } from './flags.ts';
import { list } from './list-command.ts';
import { get, write } from './simple-commands.ts';

const POLICY: Fields = {
  name: 'text',
  dialect: 'text',
  registrationFree: 'boolean',
  dynamicActivation: 'boolean',
  maxUnits: 'integer',
  silenceSeconds: 'integer-or-null',
  silenceCounts: 'text',
  certificateRequired: 'boolean',
  resetKeepsSecret: 'boolean',
  registerRotatesSecret: 'boolean',
};
const product = (key: string): string => `/products/${key}`;

export const PRODUCT_COMMANDS: readonly Command[] = [
  write({
    name: 'products create',
    help: 'Creates a product; its secret is shown here.',
    example: 'products create thermo --name Thermostat',
    positional: '[productKey]',
    keyField: 'productKey',
    fields: { ...POLICY, productSecret: 'text' },
    required: ['name'],
    method: 'POST',
    path: () => '/products',
    waits: 'effects',
  }),
  get({
    name: 'products get',
    help: 'Shows a product.',
    example: 'products get thermo',
    positional: 'productKey',
    path: product,
  }),
  list({
    name: 'products list',
    help: 'Lists products.',
    example: 'products list --q ther',
    fields: { q: 'text' },
    paged: 'every-page',
    path: () => '/products',
    columns: [
      ...['productKey', 'name', 'dialect', 'registrationFree', 'dynamicActivation', 'createdAt'],
    ],
  }),
  write({
    name: 'products update',
    help: "Changes a product's policy.",
    example: 'products update thermo --silence-seconds 300',
    positional: 'productKey',
    fields: POLICY,
    method: 'PATCH',
    path: product,
    waits: 'effects',
  }),
  write({
    name: 'products delete',
    help: 'Deletes a product that has no devices.',
    example: 'products delete thermo',
    positional: 'productKey',
    method: 'DELETE',
    path: product,
    waits: 'effects',
  }),
];
