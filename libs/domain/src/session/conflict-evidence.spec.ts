import { expect, it } from 'vitest';
import { initialSessions } from './session-step.ts';
import { from, opened, sessionOf } from './session.builder.ts';
import { applySignal } from './apply-signal.ts';
import type { SessionCommand } from './session.types.ts';

/** Sessions of one device, one after the other; the evidence that came of them. */
function evidenceOf(
  sessions: readonly { readonly clientId: string; readonly host: string; readonly at: number }[],
): Extract<SessionCommand, { kind: 'conflict-evidence' }>[] {
  let device = initialSessions;
  return sessions.flatMap(({ clientId, host, at }, index) => {
    const given = { clientId, remoteAddress: `${host}:${4_000 + index}` };
    const session = sessionOf(`s${index}`, at, given);
    const step = applySignal(device, from('g', { sentAt: at }), opened(session));
    device = step.device;
    return step.commands.filter((command) => command.kind === 'conflict-evidence');
  });
}

const turns = (count: number, stepMs: number, startMs = 0) =>
  Array.from({ length: count }, (_, turn) => ({
    clientId: turn % 2 === 0 ? 'left' : 'right',
    host: turn % 2 === 0 ? '192.0.2.1' : '192.0.2.2',
    at: startMs + turn * stepMs,
  }));

it('two ClientIDs that take each other over five times within ten minutes are evidence, with both named', () => {
  expect(evidenceOf(turns(5, 60_000))).toEqual([]);
  expect(evidenceOf(turns(6, 60_000))).toEqual([
    {
      kind: 'conflict-evidence',
      tenant: 'default',
      productKey: 'pk',
      deviceKey: 'dk',
      generation: 1,
      clientIds: [
        {
          clientId: 'left',
          firstSeenAt: '1970-01-01T00:01:00.000Z',
          lastSeenAt: '1970-01-01T00:05:00.000Z',
          gatewayId: 'g',
        },
        {
          clientId: 'right',
          firstSeenAt: '1970-01-01T00:01:00.000Z',
          lastSeenAt: '1970-01-01T00:05:00.000Z',
          gatewayId: 'g',
        },
      ],
      at: 300_000,
    },
  ]);
});

it('is said once an hour', () => {
  expect(evidenceOf(turns(30, 60_000))).toHaveLength(1);
  expect(evidenceOf(turns(70, 60_000))).toHaveLength(2);
});

it('slow changes, one address, one ClientID, or ClientIDs that never come back are none', () => {
  const many = turns(12, 60_000);
  expect(evidenceOf(turns(12, 200_000))).toEqual([]);
  expect(evidenceOf(many.map((turn) => ({ ...turn, host: '192.0.2.1' })))).toEqual([]);
  expect(evidenceOf(many.map((turn) => ({ ...turn, clientId: 'one' })))).toEqual([]);
  expect(evidenceOf(many.map((turn, n) => ({ ...turn, clientId: `c${n}` })))).toEqual([]);
});
