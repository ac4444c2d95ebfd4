import { setTimeout as delay } from 'node:timers/promises';
import { Interrupted } from './api-client.ts';
import type { Command } from './command.types.ts';
import { rowsOf, table } from './output.ts';

export const purgeUnit: Command = {
  name: 'units purge',
  help: 'Takes a barred unit off its slot, for good.',
  positionals: ['deviceId'],
  fields: { clientId: 'text' },
  required: ['clientId'],
  run: async (words, { api, output }) => {
    const clientId = String(words.fields['clientId']);
    const [deviceId = ''] = words.positionals;
    const path = `/devices/${encodeURIComponent(deviceId)}/units/${encodeURIComponent(clientId)}`;
    const answer = await api.send('DELETE', path);
    if (words.json) output.out(JSON.stringify(answer.body));
    output.err(`purged at position ${answer.position ?? '?'}`);
    return 0;
  },
};

export const eventsTail: Command = {
  name: 'events tail',
  help: 'Follows the events as they happen, or (--topic telemetry) what devices publish, until Ctrl-C.',
  positionals: [],
  fields: { topic: 'text', from: 'text' },
  run: async (words, { api, output }) => {
    const query = {
      topic: text(words.fields['topic']),
      from: text(words.fields['from']) ?? 'latest',
    };
    const print = (data: string): void => output.out(words.json ? data : line(data));
    try {
      return await api.stream('/events/stream', query, print);
    } catch (error) {
      // That is how following ends.
      if (error instanceof Interrupted) return 0;
      throw error;
    }
  },
};

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

interface CloudEventLine {
  readonly time?: string;
  readonly type?: string;
  readonly subject?: string;
  readonly topic?: string;
  readonly data_base64?: string;
  readonly data?: unknown;
}

function line(data: string): string {
  const event = JSON.parse(data) as CloudEventLine;
  const name = (event.type ?? '').replace(/^tallystick\.|\.v\d+$/g, '');
  return `${event.time ?? ''}  ${name.padEnd(24)}  ${event.subject ?? event.topic ?? '-'}  ${event.data_base64 ?? JSON.stringify(event.data ?? {})}`;
}

interface Effects {
  readonly total: number;
  readonly applied: number;
  readonly unknown: boolean;
}

function asEffects(body: unknown): Effects {
  const found = typeof body === 'object' && body !== null ? (body as Partial<Effects>) : {};
  return { total: found.total ?? 0, applied: found.applied ?? 0, unknown: found.unknown ?? true };
}

const ASK_AGAIN_MS = 250;

/** Waits until every gateway has applied a position. Refused (1) when that does not come about in time. */
export const effectsWait: Command = {
  name: 'effects wait',
  help: 'Waits until every gateway has applied a position.',
  positionals: ['position'],
  fields: { timeoutSeconds: 'integer' },
  run: async (words, { api, output, signal }) => {
    const seconds =
      typeof words.fields['timeoutSeconds'] === 'number' ? words.fields['timeoutSeconds'] : 30;
    const [position = ''] = words.positionals;
    const end = Date.now() + seconds * 1_000;
    for (;;) {
      const wait = Math.max(0, Math.min(5, Math.ceil((end - Date.now()) / 1_000)));
      const { body } = await api.get(`/effects/${encodeURIComponent(position)}`, {
        wait: String(wait),
      });
      const effects = asEffects(body);
      const done = !effects.unknown && effects.applied === effects.total;
      if (!done && Date.now() < end) {
        // An answer may come at once and still not be the last word: nobody is asked without pause.
        await delay(ASK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
        continue;
      }
      output.out(
        words.json
          ? JSON.stringify(body)
          : `${effects.applied} of ${effects.total} gateways${effects.unknown ? ' (not all are known)' : ''}`,
      );
      if (!words.json)
        output.out(
          table(gatewayRows(body), ['gatewayId', 'applied', 'lagMs', 'sessionsCut', 'fencesAt']),
        );
      return done ? 0 : 1;
    }
  },
};

function gatewayRows(body: unknown): ReturnType<typeof rowsOf> {
  return typeof body === 'object' && body !== null && 'gateways' in body
    ? rowsOf({ data: body.gateways })
    : [];
}
