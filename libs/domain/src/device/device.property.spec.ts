import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveProduct } from '../product/product.types.ts';
import type { DeviceCommand } from './device.command.types.ts';
import { decideDevice } from './device.decider.ts';
import { evolveDevice, foldDevice, initialDevice } from './device.fold.ts';
import {
  claimCommand,
  contextAt,
  deliverCommand,
  registerCommand,
  T0,
} from './device-history.builder.ts';
import type { DeviceEvent, DeviceState } from './device.types.ts';

const clientId = fc.constantFrom('c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8');
const generation = fc.constantFrom(1, 1, 1, 2, 3);
const reason = fc.constantFrom('connection-lost', 'refused', 'expired', 'purged');

const timeoutCommand = { type: 'ChangeDeviceDetails' } as const;

const command: fc.Arbitrary<DeviceCommand> = fc.oneof(
  { weight: 8, arbitrary: clientId.map(claimCommand) },
  { weight: 1, arbitrary: fc.constant(registerCommand) },
  { weight: 2, arbitrary: fc.constantFrom(deliverCommand, { ...deliverCommand, bornAs: 'id-1' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('ActivateDevice' as const),
      deviceId: fc.constantFrom('id-1', 'born-with-c1', 'born-with-c2', 'born-with-c3'),
      generation,
      method: fc.constant('static' as const),
      dialect: fc.constant('alibaba'),
      clientId,
      gatewayId: fc.constant('gw1'),
      secretVersion: fc.constantFrom(1, 2, null),
      unit: fc.option(clientId),
      at: fc.integer({ min: T0, max: T0 + 100_000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('ReleaseUnit' as const),
      generation,
      clientId,
      reason,
    }),
  },
  { weight: 3, arbitrary: clientId.map((id) => ({ type: 'SwitchUnit' as const, clientId: id })) },
  { weight: 3, arbitrary: clientId.map((id) => ({ type: 'PurgeUnit' as const, clientId: id })) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<DeviceCommand>(
      { type: 'ClearUnits' },
      { type: 'UndoUnits' },
      { type: 'ReopenName' },
      { type: 'DisableDevice', reason: null },
      { type: 'EnableDevice' },
      { type: 'ResetDevice' },
      { type: 'ReadSecret' },
      { type: 'ChangeDeviceDetails', name: 'n', tags: { a: 'b' } },
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(null, 0, 1, 600)
      .map((seconds) => ({ ...timeoutCommand, registrationTimeoutSeconds: seconds })),
  },
  {
    weight: 2,
    arbitrary: generation.map((of) => ({ type: 'ExpireRegistration' as const, generation: of })),
  },
  { weight: 1, arbitrary: fc.constant<DeviceCommand>({ type: 'DeleteDevice' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('ResetDeviceSecret' as const),
      secret: fc.constant({ secretOrigin: 'given' as const, secretId: 'sx' }),
      overlapSeconds: fc.constantFrom(0, 60, 600_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('ReportConflict' as const),
      generation,
      kind: fc.constantFrom('claims' as const, 'shared-secret' as const),
      clientIds: fc.constant([]),
    }),
  },
);

interface Move {
  readonly command: DeviceCommand;
  readonly waitMs: number;
  readonly maxUnits: number;
}

const move: fc.Arbitrary<Move> = fc.record({
  command,
  waitMs: fc.constantFrom(0, 1_000, 700_000),
  maxUnits: fc.constantFrom(5, 5, 5, 5, 3, 1),
});
const moves = fc.array(move, { maxLength: 60, size: 'max' });

interface Taken {
  readonly before: DeviceState;
  readonly after: DeviceState;
  readonly move: Move;
  readonly accepted: boolean;
  readonly events: readonly DeviceEvent[];
}

/** Plays moves as handlers would: what is accepted, and what a refusal records, becomes history. */
function play(all: readonly Move[], policy: Partial<LiveProduct> = {}): readonly Taken[] {
  let state = initialDevice('default');
  let now = T0;
  return all.map((next) => {
    now += next.waitMs;
    const before = state;
    const context = contextAt(now, { maxUnits: next.maxUnits, ...policy });
    const decision = decideDevice(next.command, state, context);
    const refused = decision.ok || decision.error.code !== 'client-slots-full';
    const events = decision.ok ? decision.value : refused ? [] : decision.error.record;
    state = events.reduce(evolveDevice, state);
    return { before, after: state, move: next, accepted: decision.ok, events };
  });
}

const unitsOf = (state: DeviceState) => (state.status === 'live' ? state.units.units : []);

/** Random sequences must reach what they are to prove; else a property holds of nothing. */
function reaching(counts: Record<string, number>): void {
  for (const [what, count] of Object.entries(counts)) expect(count, what).toBeGreaterThan(20);
}

describe('whatever is asked of a device key, in whatever order', { tags: ['long'] }, () => {
  it('never more than five units, nor more than the policy let in, hold a slot', () => {
    const seen = { five: 0, refused: 0 };
    fc.assert(
      fc.property(moves, (all) => {
        for (const { before, after, move: played, accepted } of play(all)) {
          expect(unitsOf(after).length).toBeLessThanOrEqual(5);
          expect(new Set(unitsOf(after).map((unit) => unit.clientId)).size).toBe(
            unitsOf(after).length,
          );
          if (played.command.type !== 'ClaimUnit') continue;
          if (accepted) expect(unitsOf(before).length).toBeLessThan(played.maxUnits);
          seen.five += unitsOf(after).length === 5 ? 1 : 0;
          seen.refused += accepted ? 0 : 1;
        }
      }),
    );
    reaching(seen);
  });

  it('a unit that was switched off never gets in again, but by undo', () => {
    const seen = { forbidden: 0, claimed: 0 };
    fc.assert(
      fc.property(moves, (all) => {
        const barred = new Set<string>();
        for (const { after, events } of play(all)) {
          for (const event of events) {
            if (event.type === 'ClientIdRetained' || event.type === 'ClientIdsCleared')
              event.data.forbidden.forEach((id) => barred.add(id));
            if (event.type === 'ClientIdRestored')
              event.data.clientIds.forEach((id) => barred.delete(id));
            if (event.type === 'DeviceDeleted' || event.type === 'RegistrationExpired')
              barred.clear();
            if (event.type === 'ClientIdReleased') barred.delete(event.data.clientId);
          }
          seen.forbidden += barred.size;
          for (const unit of unitsOf(after))
            if (barred.has(unit.clientId)) expect(['forbidden', 'purging']).toContain(unit.state);
        }
      }),
    );
    fc.assert(
      fc.property(moves, (all) => {
        for (const { before, accepted, move: played } of play(all)) {
          if (played.command.type !== 'ClaimUnit' || !accepted || before.status === 'absent')
            continue;
          seen.claimed += 1;
          expect(before.units.open).toBe(true);
          expect(before.disabled).toBe(false);
        }
      }),
    );
    reaching(seen);
  });

  it('a forbidden unit keeps its slot until it is purged and that purge is released', () => {
    const seen = { released: 0 };
    fc.assert(
      fc.property(moves, (all) => {
        for (const { before, events } of play(all)) {
          for (const event of events) {
            if (event.type !== 'ClientIdReleased') continue;
            const was = unitsOf(before).find((unit) => unit.clientId === event.data.clientId);
            expect(was?.state).toBe(event.data.reason === 'purged' ? 'purging' : 'pending');
            seen.released += 1;
          }
        }
      }),
    );
    reaching(seen);
  });

  it('generations count lives: each birth is one more, nothing else changes them, and a new life holds nothing', () => {
    const seen = { rebirths: 0 };
    fc.assert(
      fc.property(moves, (all) => {
        for (const { before, after, events } of play(all)) {
          const birth = events.find(({ type }) => type === 'DeviceRegistered');
          expect(after.generation).toBe(before.generation + (birth === undefined ? 0 : 1));
          if (birth === undefined || after.status === 'absent') continue;
          seen.rebirths += birth.data.generation > 1 ? 1 : 0;
          expect(before.status).toBe('absent');
          expect(after.activatedAt).toBeNull();
          const isClaim = events.some(({ type }) => type === 'ClientIdClaimed');
          expect(unitsOf(after).length).toBe(isClaim ? 1 : 0);
        }
      }),
    );
    reaching(seen);
  });

  it('a registration ends only in a life that was never activated and whose time has passed; all of that life ends', () => {
    const seen = { expired: 0, kept: 0 };
    fc.assert(
      fc.property(moves, (all) => {
        for (const { before, after, events, move: played } of play(all)) {
          if (played.command.type !== 'ExpireRegistration' || before.status === 'absent') continue;
          const [event] = events;
          seen[event === undefined ? 'kept' : 'expired'] += 1;
          if (event === undefined) continue;
          const { tenant, generation: life, registeredAt } = before;
          const timeout = before.registrationTimeoutSeconds ?? 0;
          expect(event.type).toBe('RegistrationExpired');
          expect(before).toMatchObject({ activatedAt: null, disabled: false });
          expect(timeout).toBeGreaterThan(0);
          expect(event.time - registeredAt).toBeGreaterThanOrEqual(timeout * 1000);
          expect(after).toEqual({ status: 'absent', tenant, generation: life });
        }
      }),
    );
    reaching(seen);
  });

  it('replay equals state', () => {
    fc.assert(
      fc.property(moves, (all) => {
        const taken = play(all);
        const history = taken.flatMap(({ events }) => events);
        // As the store gives them back.
        const replayed = JSON.parse(JSON.stringify(history)) as readonly DeviceEvent[];
        expect(foldDevice('default', replayed)).toEqual(
          taken.at(-1)?.after ?? initialDevice('default'),
        );
      }),
    );
  });

  it('a device is activated once between two resets', () => {
    fc.assert(
      fc.property(moves, (all) => {
        let open = true;
        for (const { type, data } of play(all).flatMap(({ events }) => events)) {
          if (type === 'DeviceRegistered' || type === 'DeviceReset') open = true;
          if (type !== 'DeviceActivated') continue;
          expect(open).toBe(true);
          // It belongs in front of the reset.
          open = data.beforeReset === true;
        }
      }),
    );
  });

  it('an accepted command that is repeated at once is quiet, or is one that means each time', () => {
    const eachTime = ['ResetDeviceSecret', 'ReadSecret', 'ResetDevice', 'ClaimUnit'];
    fc.assert(
      fc.property(moves, (all) => {
        for (const { after, move: played, accepted, events } of play(all)) {
          const { type } = played.command;
          if (!accepted || events.length === 0 || eachTime.includes(type)) continue;
          const again = decideDevice(played.command, after, contextAt(T0 + 1e12));
          const quiet = again.ok && again.value.length === 0;
          const window = type === 'ReportConflict';
          const over = ['RegisterDevice', 'DeleteDevice', 'UndoUnits'].includes(type) && !again.ok;
          expect(quiet || window || over, type).toBe(true);
        }
      }),
    );
  });

  it('decide never throws, whatever the product is', () => {
    const anyProduct = fc.record({
      dynamicActivation: fc.boolean(),
      registrationFree: fc.boolean(),
      resetKeepsSecret: fc.boolean(),
      registerRotatesSecret: fc.boolean(),
      closing: fc.boolean(),
      tenant: fc.constantFrom('default', 'other'),
    });
    fc.assert(
      fc.property(moves, anyProduct, fc.boolean(), (all, policy, absent) => {
        expect(() => play(all, policy)).not.toThrow();
        const product = { status: 'absent' } as const;
        if (!absent) return;
        for (const { command: asked } of all)
          decideDevice(asked, initialDevice('default'), { ...contextAt(T0), product });
      }),
    );
  });
});
