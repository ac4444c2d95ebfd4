import { pause } from '@tallystick/ports';
import type { Context } from './command.types.ts';
import type { Words } from './flags.ts';
import { rowsOf } from './output.ts';

interface GatewayEffect {
  readonly gatewayId: string;
  readonly applied: boolean;
  readonly lagMs?: number | null;
  readonly sessionsCut?: number;
  readonly fencesAt: string | null;
}

export interface Effects {
  readonly total: number;
  readonly applied: number;
  readonly unknown: boolean;
  readonly gateways: readonly GatewayEffect[];
}

/** `done`: every gateway has applied the position. */
export interface Waited {
  readonly effects: Effects;
  readonly done: boolean;
}

const ASK_AGAIN_MS = 250;
const LONGEST_WAIT_S = 5;

function asEffects(body: unknown): Effects {
  const found = typeof body === 'object' && body !== null ? (body as Partial<Effects>) : {};
  const gateways = rowsOf({ data: found.gateways }) as unknown as readonly GatewayEffect[];
  const { total = 0, applied = 0, unknown = true } = found;
  return { ...found, total, applied, unknown, gateways };
}

/** Asks until every gateway has applied the position, or the time is over. */
export async function waitForEffects(
  position: string,
  seconds: number,
  { api, signal }: Pick<Context, 'api' | 'signal'>,
): Promise<Waited> {
  const end = performance.now() + seconds * 1_000;
  const path = `/effects/${encodeURIComponent(position)}`;
  for (;;) {
    const left = Math.ceil((end - performance.now()) / 1_000);
    const wait = Math.max(0, Math.min(LONGEST_WAIT_S, left));
    const effects = asEffects((await api.get(path, { wait: String(wait) })).body);
    const done = !effects.unknown && effects.applied === effects.total;
    if (done || performance.now() >= end) return { effects, done };
    // An answer may come at once and still not be the last word: nobody is asked without pause.
    await pause(ASK_AGAIN_MS, signal);
  }
}

/** `--wait`, of what is no effect, too: at most. */
const LONGEST_EFFECTS_S = 60;

/** Waits for the effects of a write where `--wait` asks for it, and there are any. */
export function waitedFor(
  position: string | null,
  { waitSeconds }: Words,
  context: Context,
): Promise<Waited> | null {
  if (waitSeconds === null || position === null) return null;
  return waitForEffects(position, Math.min(LONGEST_EFFECTS_S, waitSeconds), context);
}

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

/** `applied on 1 of 1, cut 1 session, after 17 ms`, and which gateways are silent. */
export function effectsLine({ effects, done }: Waited): string {
  const { applied, total, unknown, gateways } = effects;
  const cut = gateways.reduce((sum, one) => sum + (one.sessionsCut ?? 0), 0);
  const lags = gateways.flatMap(({ lagMs }) => (typeof lagMs === 'number' ? [lagMs] : []));
  const after = done && lags.length > 0 ? `, after ${Math.max(...lags)} ms` : '';
  const silent = gateways.filter((one) => !one.applied).map(({ gatewayId }) => gatewayId);
  const missing = silent.length === 0 ? '' : `; silent: ${silent.join(', ')}`;
  const known = unknown ? ' (not all gateways are known yet)' : '';
  return `applied on ${applied} of ${total}, cut ${counted(cut, 'session')}${after}${missing}${known}`;
}
