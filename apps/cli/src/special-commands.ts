import type { Command } from './command.types.ts';
import { deviceIdOf } from './device-ref.ts';
import { effectsLine, waitForEffects } from './effects.ts';
import { table } from './output.ts';
import { NOT_APPLIED, showWrite } from './simple-commands.ts';

export const purgeUnit: Command = {
  name: 'units purge',
  help: 'Takes a barred unit off its slot, for good.',
  example: 'units purge thermo/unit-1 --client-id 4c:11:ae:00:00:01',
  positionals: ['deviceId'],
  fields: { clientId: 'text' },
  required: ['clientId'],
  waits: 'effects',
  run: async (words, context) => {
    const clientId = encodeURIComponent(String(words.fields['clientId']));
    const deviceId = encodeURIComponent(await deviceIdOf(words.positionals[0] ?? '', context));
    const path = `/devices/${deviceId}/units/${clientId}`;
    return showWrite(await context.api.send('DELETE', path), words, context);
  },
};

/** Waits until every gateway has applied a position; 4 when that does not come about in time. */
export const effectsWait: Command = {
  name: 'effects wait',
  help: 'Waits until every gateway has applied a position.',
  example: 'effects wait 42 --timeout-seconds 10',
  positionals: ['position'],
  fields: { timeoutSeconds: 'integer' },
  run: async (words, context) => {
    const { output } = context;
    const asked = words.fields['timeoutSeconds'];
    const seconds = typeof asked === 'number' ? asked : 30;
    const waited = await waitForEffects(words.positionals[0] ?? '', seconds, context);
    if (words.json) output.out(JSON.stringify(waited.effects));
    else {
      const columns = ['gatewayId', 'applied', 'lagMs', 'sessionsCut', 'fencesAt'];
      output.out(effectsLine(waited));
      output.out(
        table(
          waited.effects.gateways.map((row) => ({ ...row })),
          columns,
        ),
      );
    }
    return waited.done ? 0 : NOT_APPLIED;
  },
};
