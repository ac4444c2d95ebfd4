import type { ServerResponse } from 'node:http';
import { FIRST_CALLER, type Caller } from './caller.ts';
import type { Tokens } from './tokens.ts';

const ASK_MS = 250;
/** A store that is away for so many questions leaves open whether the token still holds. */
const MOST_UNANSWERED = 20;

/**
 * A call that goes on, as a live reader's or an upload, has its token as long as that is in force:
 * when it is revoked the connection is cut. What was not sent by then is dropped.
 */
export function watchToken(
  response: ServerResponse,
  { tokenId }: Caller,
  tokens: Pick<Tokens, 'isInForce'>,
): void {
  // The first token is in force for as long as the process runs.
  if (tokenId === FIRST_CALLER.tokenId) return;
  let unanswered = 0;
  const ask = async (): Promise<void> => {
    unanswered += 1;
    if (unanswered > MOST_UNANSWERED || !(await tokens.isInForce(tokenId))) response.destroy();
    else unanswered = 0;
  };
  const asking = setInterval(() => void ask().catch(() => undefined), ASK_MS);
  response.once('close', () => clearInterval(asking));
}
