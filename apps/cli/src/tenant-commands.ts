import type { Command } from './command.types.ts';
import { list } from './list-command.ts';
import { write } from './simple-commands.ts';

export const TENANT_COMMANDS: readonly Command[] = [
  write({
    name: 'tenants create',
    help: 'Makes a tenant, and the topic of its telemetry.',
    example: 'tenants create north --name North --device-key-scope tenant',
    positional: 'tenant',
    keyField: 'tenant',
    fields: { name: 'text', deviceKeyScope: 'text' },
    required: ['name'],
    method: 'POST',
    path: () => '/tenants',
  }),
  list({
    name: 'tenants list',
    help: 'Lists tenants.',
    example: 'tenants list',
    paged: 'every-page',
    path: () => '/tenants',
    columns: ['tenant', 'name', 'deviceKeyScope', 'createdAt'],
  }),
  write({
    name: 'tokens create',
    help: 'Makes a token; it is shown here alone, this once.',
    example:
      'tokens create line-3 --scopes read,write --expires-at 2030-01-31T00:00:00Z --tenant north',
    positional: 'name',
    keyField: 'name',
    fields: { scopes: 'list', expiresAt: 'time', tenant: 'text' },
    required: ['scopes'],
    method: 'POST',
    path: () => '/tokens',
    note: 'The token is shown this once: keep it now. A command uses it from TALLYSTICK_TOKEN or the file that TALLYSTICK_TOKEN_FILE names.',
  }),
  list({
    name: 'tokens list',
    help: 'Lists tokens with their scopes and last use, never the tokens themselves.',
    example: 'tokens list --tenant north',
    paged: 'every-page',
    path: () => '/tokens',
    columns: ['id', 'name', 'tenant', 'scopes', 'createdAt', 'expiresAt', 'lastUsedAt'],
  }),
  write({
    name: 'tokens delete',
    help: 'Revokes a token; every registry refuses it within a second.',
    example: 'tokens delete tk_0Yb3kQ9fLw2sR7vNc1Xa',
    positional: 'id',
    method: 'DELETE',
    path: (id) => `/tokens/${id}`,
  }),
  list({
    name: 'audit',
    help: 'Who changed, read a secret or was refused what, from where: newest first, a page at a time.',
    example: 'audit --actor token:line-3 --from 2026-01-31T00:00:00Z --limit 20',
    fields: { subject: 'text', actor: 'text', from: 'time', to: 'time' },
    paged: 'one-page',
    path: () => '/audit',
    columns: [
      'time',
      'actor',
      'action',
      'subject',
      'tenant',
      'remoteAddress',
      'requestId',
      'detail',
    ],
  }),
];
