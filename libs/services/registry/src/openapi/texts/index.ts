import { DEVICE_TEXTS } from './device.texts.ts';
import { JOB_TEXTS } from './job.texts.ts';
import { OPERATOR_TEXTS } from './operator.texts.ts';
import { PLATFORM_TEXTS } from './platform.texts.ts';
import { PRODUCT_TEXTS } from './product.texts.ts';

export { TAGS, type OperationText } from './text.types.ts';

/** One for each route: a route whose operation is not here does not compile. */
export const OPERATION_TEXTS = {
  ...PRODUCT_TEXTS,
  ...DEVICE_TEXTS,
  ...JOB_TEXTS,
  ...OPERATOR_TEXTS,
  ...PLATFORM_TEXTS,
};

export type OperationId = keyof typeof OPERATION_TEXTS;
