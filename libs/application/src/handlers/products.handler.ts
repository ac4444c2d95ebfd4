import { productStream } from '@tallystick/contracts';
import {
  firstInvalid,
  parseProductKey,
  parseSecret,
  silenceCountsOf,
  type LiveProduct,
  type PolicyChange,
  type ProductPolicy,
  type ProductState,
} from '@tallystick/domain';
import { err } from '@tallystick/kernel';
import type { ResetSecretInput } from './devices.handler.ts';
import { refuse } from './device-use-case.ts';
import type { Step } from './execution.ts';
import type { Answer, CallContext } from './handlers.types.ts';
import type { Parts } from './parts.ts';
import { productUseCase, toAnyProduct, toLiveProduct } from './product-use-case.ts';
import type { SecretReply } from './registration.handler.ts';
import { newSecret, showSecrets, type ShownSecret } from './secrets-in-use.ts';

export interface CreateProductInput extends Partial<Omit<ProductPolicy, 'name'>> {
  readonly name: string;
  /** Absent: allocated. */
  readonly productKey?: string;
  readonly productSecret?: string;
}

const DEFAULTS: Omit<ProductPolicy, 'name' | 'silenceCounts'> = {
  dialect: 'auto',
  dynamicActivation: false,
  registrationFree: false,
  maxUnits: 5,
  silenceSeconds: null,
  certificateRequired: false,
  resetKeepsSecret: true,
  registerRotatesSecret: false,
};

/** Whether the product still has a device, as known at that position at least. */
export type HasDevices = (position: number) => Promise<boolean>;

function toPolicy(input: CreateProductInput): ProductPolicy {
  const dialect = input.dialect ?? DEFAULTS.dialect;
  return {
    name: input.name,
    dialect,
    dynamicActivation: input.dynamicActivation ?? DEFAULTS.dynamicActivation,
    registrationFree: input.registrationFree ?? DEFAULTS.registrationFree,
    maxUnits: input.maxUnits ?? DEFAULTS.maxUnits,
    silenceSeconds: input.silenceSeconds ?? DEFAULTS.silenceSeconds,
    silenceCounts: input.silenceCounts ?? silenceCountsOf(dialect),
    certificateRequired: input.certificateRequired ?? DEFAULTS.certificateRequired,
    resetKeepsSecret: input.resetKeepsSecret ?? DEFAULTS.resetKeepsSecret,
    registerRotatesSecret: input.registerRotatesSecret ?? DEFAULTS.registerRotatesSecret,
  };
}

function createCreation(parts: Parts) {
  return async (
    input: CreateProductInput,
    context: CallContext,
  ): Answer<LiveProduct, SecretReply> => {
    const problem = firstInvalid([
      ['productKey', parseProductKey, input.productKey],
      ['productSecret', parseSecret, input.productSecret],
    ]);
    if (problem !== null) return err(problem);
    const { tenant } = context;
    const productKey = input.productKey ?? parts.ids.token(11);
    const owner = productStream(productKey);
    const { secretId, plaintext, put } = newSecret(parts, owner, input.productSecret);
    const policy = toPolicy(input);
    const on = {
      productKey,
      command: { type: 'CreateProduct', tenant, productKey, policy, secretId },
      toState: toLiveProduct,
      reply: async (after: LiveProduct) => (await put(after), { secret: plaintext }),
    } as const;
    return parts.run(productUseCase<LiveProduct, SecretReply>(parts, context, on), context);
  };
}

function createSecretCalls(parts: Parts) {
  const { vault, clock } = parts;
  return {
    async resetSecret(
      productKey: string,
      input: ResetSecretInput,
      context: CallContext,
    ): Answer<LiveProduct, SecretReply> {
      const problem = firstInvalid([['productSecret', parseSecret, input.secret]]);
      if (problem !== null) return err(problem);
      const owner = productStream(productKey);
      const { secretId, plaintext, put } = newSecret(parts, owner, input.secret);
      const overlapSeconds = input.overlapSeconds ?? 0;
      const command = { type: 'ResetProductSecret', secretId, overlapSeconds } as const;
      const reply = async (after: LiveProduct) => (await put(after), { secret: plaintext });
      const on = { productKey, command, toState: toLiveProduct, reply };
      return parts.run(productUseCase(parts, context, on), context);
    },
    readSecret(
      productKey: string,
      context: CallContext,
    ): Answer<LiveProduct, { readonly secrets: readonly ShownSecret[] }> {
      const command = { type: 'ReadProductSecret' } as const;
      const reply = async ({ secrets }: LiveProduct) => ({
        secrets: await showSecrets(vault, secrets, clock.now()),
      });
      const on = { productKey, command, toState: toLiveProduct, reply };
      return parts.run(productUseCase(parts, context, on), context);
    },
  };
}

function createRemoval(parts: Parts) {
  /**
   * Refused before anything is written where a device is known; else closed first, which holds back
   * every racing registration, and reopened when a device was found.
   */
  return (
    productKey: string,
    hasDevices: HasDevices,
    context: CallContext,
  ): Answer<ProductState, null> => {
    const { idempotency: _, ifMatch: __, ...own } = context;
    // Closing and reopening are steps of it; the deletion alone is told to the audit.
    const { origin: ___, ...plain } = own;
    const step = (type: 'CloseProduct' | 'ReopenProduct', ifMatch: number | null) => {
      const on = { productKey, command: { type }, toState: toAnyProduct, reply: () => null };
      const inner = { ...plain, ifMatch };
      return parts.run(productUseCase(parts, inner, on), inner);
    };
    const command = { type: 'DeleteProduct' } as const;
    const on = { productKey, command, toState: toAnyProduct, reply: () => null };
    const isEmpty = async (position: number): Promise<boolean> => {
      let empty = false;
      try {
        empty = !(await hasDevices(position));
      } finally {
        if (!empty) await step('ReopenProduct', null);
      }
      return empty;
    };
    const prepare = async (): Promise<Step<ProductState, null>> => {
      if (await hasDevices(await parts.store.head())) return refuse({ code: 'product-not-empty' });
      const closed = await step('CloseProduct', context.ifMatch ?? null);
      if (!closed.ok) return refuse(closed.error);
      if (!(await isEmpty(closed.value.position))) return refuse({ code: 'product-not-empty' });
      // What was found empty is this closing; had somebody opened and closed it again, it would
      // have to be looked at again.
      const seen = { ...own, ifMatch: closed.value.revision };
      const deletion = await productUseCase(parts, seen, on).prepare();
      const changed = deletion.kind === 'refused' && deletion.refusal.code === 'stale-revision';
      return changed ? prepare() : deletion;
    };
    const stale = () => parts.loading.forgetProduct(productKey);
    return parts.run({ lock: null, prepare, stale }, context);
  };
}

export function createProductHandlers(parts: Parts) {
  return {
    create: createCreation(parts),
    changePolicy(
      productKey: string,
      change: PolicyChange,
      context: CallContext,
    ): Answer<LiveProduct, null> {
      const command = { type: 'ChangeProductPolicy', change } as const;
      const on = { productKey, command, toState: toLiveProduct, reply: () => null };
      return parts.run(productUseCase(parts, context, on), context);
    },
    ...createSecretCalls(parts),
    remove: createRemoval(parts),
  };
}

export type ProductHandlers = ReturnType<typeof createProductHandlers>;
