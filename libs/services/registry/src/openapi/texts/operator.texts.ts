import type { OperationText } from './text.types.ts';

export const OPERATOR_TEXTS = {
  createTenant: {
    tag: 'Tenants',
    summary: 'Create a tenant',
    description:
      'A tenant is a hard boundary: its products, devices and tokens are unknown to every other. Its topic telemetry.<tenant>.v1 is made with it. `deviceKeyScope` is fixed from then on.',
  },
  listTenants: {
    tag: 'Tenants',
    summary: 'List the tenants',
    description: 'Every tenant of the installation, the oldest first.',
  },
  getStats: {
    tag: 'Figures',
    summary: 'How many devices, products and conflicts there are',
    description:
      'Of the tenant, from counts that are kept together with the rows. Conflicts are the names that more than one physical unit uses.',
  },
  getDecisionStats: {
    tag: 'Figures',
    summary: 'How many logins were allowed and denied',
    description:
      'Of the tenant, step by step, of the last 24 h; counted in the minute in which the gateway counted them. A refusal that names no known product belongs to no tenant. Steps are whole multiples of `step` since 1970; those without a decision are shown too.',
  },
  listAudit: {
    tag: 'Audit',
    summary: 'Who did what, and what was refused',
    description:
      "Every change, every read of a secret and every refused attempt, newest first; kept for 400 days. `actor` is token:<name>, person:<subject>, device:<id> (what a device asked for), system:<app>, or unknown (an attempt without a token that is in force). `action` is the operationId, claimUnit for a device that asked for a slot, or what the platform does by itself, as expireRegistration. Refused attempts have ` refused` after it: with 403 each has a row; with 401 and 429 (also with 403 beyond 1,000 a minute) there is one row for each address, actor, action and minute, whose time is the first attempt's and whose `detail` is the number of attempts alone; beyond 1,000 such rows a minute the rest is counted in one with action `* refused`. Attempts of an unknown token stand in tenant default. Of what was appended `detail` names the first event and its position. A secret is never in it. Only a token with admin in tenant default that names no tenant is shown the rows of all tenants.",
  },
  createToken: {
    tag: 'Tokens',
    summary: 'Issue a token',
    description:
      'Answers with the token, which is shown here alone. Nobody grants a scope that he does not hold. To name another tenant needs admin in tenant default.',
  },
  listTokens: {
    tag: 'Tokens',
    summary: 'List the tokens of the tenant',
    description:
      'Those that are in force or have run out, the oldest first, with when each was last used (to some seconds). The first token, which is none of the store, is not among them.',
  },
  deleteToken: {
    tag: 'Tokens',
    summary: 'Revoke a token',
    description: 'It is refused within a second, whichever registry is asked.',
  },
} as const satisfies Readonly<Record<string, OperationText>>;
