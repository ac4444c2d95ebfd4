import { isPortError, PortError } from '@tallystick/kernel';
import { withinMs } from '@tallystick/ports';

/** LMDB's own codes (lmdb.h) for a file that cannot be read as it stands. */
const DAMAGE: ReadonlySet<unknown> = new Set([
  -30797, // MDB_PAGE_NOTFOUND
  -30796, // MDB_CORRUPTED
  -30794, // MDB_VERSION_MISMATCH
  -30793, // MDB_INVALID
  -30784, // MDB_INCOMPATIBLE
]);
/**
 * MDB_PANIC: the newest page of meta data could not be written. The file is good, but has to be
 * opened again.
 */
const PANIC = -30795;

/** How long the driver may take to say why a commit failed. */
const REASON_MS = 100;

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : null;

/** What stands in the file is not what a view wrote. */
export const isDamage = (error: unknown): boolean =>
  error instanceof SyntaxError || DAMAGE.has(codeOf(error));

export function toPortError(error: unknown): PortError {
  if (isPortError(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  const code = isDamage(error) || codeOf(error) === PANIC ? 'corrupt' : 'unavailable';
  return new PortError(code, `the file of the view: ${why}`, { cause: error });
}

/** A commit that fails names its reason in a promise of its own. */
export async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  const reason = Promise.resolve(error.commitError).then(
    () => error,
    (why: unknown) => why,
  );
  return (await withinMs(reason, REASON_MS)) ?? error;
}
