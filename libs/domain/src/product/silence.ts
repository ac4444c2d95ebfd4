import type { Dialect, SilenceCounts } from './product.types.ts';

const DEFAULT: Readonly<Record<Dialect, SilenceCounts>> = {
  auto: 'packet',
  alibaba: 'packet',
  huawei: 'packet',
  // EnOS devices ask for keep-alive 0 and ping whether or not they have anything to say.
  enos: 'message',
};

/** What breaks a silence where the product does not say. */
export const silenceCountsOf = (dialect: Dialect): SilenceCounts => DEFAULT[dialect];
