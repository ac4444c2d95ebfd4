import { connackOf, REFUSAL_REASONS } from '@tallystick/dialects';
import { expect, it } from 'vitest';
import { isRetryable } from './denials.ts';

const DIALECTS = ['alibaba', 'enos', 'huawei', null] as const;
const cases = REFUSAL_REASONS.flatMap((reason) => DIALECTS.map((dialect) => ({ reason, dialect })));

it.each(cases)(
  'given $reason in $dialect, then MQTT says "server unavailable" exactly where it is retryable',
  ({ reason, dialect }) => {
    expect(connackOf(reason, dialect) === 3).toBe(isRetryable(reason));
  },
);
