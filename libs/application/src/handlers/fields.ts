import type { InvalidName } from '@tallystick/domain';
import type { Result } from '@tallystick/kernel';
import type { Refusal } from './handlers.types.ts';

type Check = readonly [
  path: string,
  parse: (value: unknown) => Result<unknown, InvalidName>,
  value: unknown,
];

/** The first value that is there and not of its form. */
export function firstInvalid(
  checks: readonly Check[],
): Extract<Refusal, { code: 'invalid-field' }> | null {
  for (const [path, parse, value] of checks) {
    const parsed = value === undefined ? null : parse(value);
    if (parsed?.ok === false) return { code: 'invalid-field', path, message: parsed.error.message };
  }
  return null;
}
