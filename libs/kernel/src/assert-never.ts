/**
 * Ends an exhaustive switch: a case that was forgotten does not compile. Throws a defect if
 * reached.
 */
export function assertNever(value: never): never {
  throw new Error(`unexpected case: ${JSON.stringify(value)}`);
}
