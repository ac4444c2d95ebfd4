import { pause } from '@tallystick/ports';
import type { ServerEvent } from './api-client.ts';
import { BrokenOff, Interrupted, passes } from './failures.ts';
import type { Command, Context } from './command.types.ts';
import { onOneLine } from './printable.ts';

const AGAIN_MS = 1_000;

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
  const text = `${event.time ?? ''}  ${name.padEnd(24)}  ${event.subject ?? event.topic ?? '-'}  ${event.data_base64 ?? JSON.stringify(event.data ?? {})}`;
  return onOneLine(text);
}

type Query = Readonly<Record<string, string | undefined>>;

/**
 * Follows over restarts of the platform: after the first event, each new stream begins behind the
 * last one.
 */
async function follow(
  query: Query,
  { api, output, signal }: Context,
  print: (data: string) => void,
): Promise<never> {
  let last: string | undefined;
  let begun = false;
  let told = false;
  const onEvent = ({ data, id }: ServerEvent): void => {
    last = id ?? last;
    told = false;
    print(data);
  };
  for (;;)
    try {
      return await api.stream('/events/stream', query, onEvent, last);
    } catch (error) {
      begun ||= error instanceof BrokenOff;
      if (!begun || !passes(error)) throw error;
      if (!told) output.err('the connection has ended: trying again …');
      told = true;
      await pause(AGAIN_MS, signal);
      if (signal.aborted) throw new Interrupted();
    }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

export const eventsTail: Command = {
  name: 'events tail',
  help: 'Follows the events as they happen, or (--topic telemetry) what devices publish, until Ctrl-C.',
  example: 'events tail --from earliest',
  positionals: [],
  fields: { topic: 'text', from: 'text' },
  run: async (words, context) => {
    const { topic, from } = words.fields;
    const query = { topic: text(topic), from: text(from) ?? 'latest' };
    try {
      return await follow(query, context, (data) =>
        context.output.out(words.json ? data : line(data)),
      );
    } catch (error) {
      // That is how following ends.
      if (error instanceof Interrupted) return 0;
      throw error;
    }
  },
};
