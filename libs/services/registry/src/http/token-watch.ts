import type { ServerResponse } from 'node:http';
import { FIRST_CALLER, type Caller } from './caller.ts';
import type { Tokens } from './tokens.ts';

const ASK_MS = 250;
/** For whoever reads on without the store, which alone knows what was revoked. */
export const UNSURE_MS = 5_000;

/**
 * A call that goes on, as a live reader's or an upload, has its token as long as that is in force:
 * when it is revoked the connection is cut. What was not sent by then is dropped. `unsureMs`: for
 * how long it may go on where the store does not answer; whoever needs the store waits for it.
 */
export function watchToken(
  response: ServerResponse,
  { tokenId }: Caller,
  tokens: Pick<Tokens, 'isInForce'>,
  unsureMs = Infinity,
): void {
  // The first token is in force for as long as the process runs.
  if (tokenId === FIRST_CALLER.tokenId) return;
  let unanswered = 0;
  const ask = async (): Promise<void> => {
    unanswered += 1;
    if (unanswered * ASK_MS > unsureMs || !(await tokens.isInForce(tokenId))) response.destroy();
    else unanswered = 0;
  };
  const asking = setInterval(() => void ask().catch(() => undefined), ASK_MS);
  response.once('close', () => clearInterval(asking));
}
