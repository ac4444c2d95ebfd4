import { isJsonObject, type JsonObject } from '@tallystick/kernel';
import { pause } from '@tallystick/ports';
import type { Context } from './command.types.ts';
import { Interrupted } from './failures.ts';
import { askPatiently } from './patience.ts';

const FIRST_ASK_AGAIN_MS = 100;
const ASK_AGAIN_MS = 1_000;

/**
 * Asks for what runs in the platform until its state is `running` no more, or the time is over, and
 * tells each answer. It goes on over a restart of the platform.
 */
export async function atRest(
  path: string,
  seconds: number,
  context: Context,
  learnt: (body: JsonObject) => void,
): Promise<JsonObject> {
  const end = performance.now() + seconds * 1_000;
  for (let pauseMs = FIRST_ASK_AGAIN_MS; ; pauseMs = Math.min(ASK_AGAIN_MS, pauseMs * 2)) {
    const answered = await askPatiently(path, context);
    const body: JsonObject = isJsonObject(answered) ? answered : {};
    learnt(body);
    if (!runs(body) || performance.now() >= end) return body;
    await pause(Math.min(pauseMs, Math.max(1, end - performance.now())), context.signal);
    if (context.signal.aborted) throw new Interrupted();
  }
}

export const runs = ({ state }: JsonObject): boolean => state === 'running';
