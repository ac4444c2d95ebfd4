import type { RelayStatus } from '@tallystick/event-bus';
import { counter, gauge, histogram, one } from '@tallystick/services-edge';
import type { FastifyInstance } from 'fastify';
import type { Lane } from '@tallystick/contracts';
import { toServerPath } from './openapi/route.types.ts';
import { ROUTES } from './openapi/routes.ts';

const LANES: readonly Lane[] = ['fast', 'bulk'];

const METHODS = ['GET', 'POST', 'PATCH', 'DELETE', 'HEAD'] as const;
const STATUSES = [
  ...['200', '201', '202', '204', '400', '401', '403', '404', '405', '409', '412', '413', '415'],
  ...['429', '500', '503'],
];

const httpAnswers = counter(
  'tallystick_http_answers_total',
  'Answers of the operators API by method, route and status',
  { method: METHODS, route: ROUTES.map(toServerPath), status: STATUSES },
);
const appendDuration = histogram(
  'tallystick_append_duration_seconds',
  'How long the event store took to append; refused: a stale revision or an id that was there',
  { outcome: ['appended', 'refused', 'failed'] },
);
const relayLag = histogram(
  'tallystick_relay_lag_seconds',
  'From the append of an event to its commit on the bus; only the leader has any',
  { lane: LANES },
);
const relayBehind = gauge(
  'tallystick_relay_behind_seconds',
  'Age of the oldest event that was read for the bus and is not committed there; 0: none waits',
  ['lane'],
  'max',
);
const relayPositions = gauge(
  'tallystick_relay_lag_positions',
  'Positions between a lane and the head of the store; only the leader has any',
  ['lane'],
  'max',
);
const viewPosition = gauge(
  'tallystick_view_position',
  'The store position that every view has reached',
  [],
  'max',
);
const leaseRemaining = gauge(
  'tallystick_lease_remaining_seconds',
  'How long the lease of a gateway still runs; 0: it has ended and was not given back',
  ['gateway_id'],
  'max',
);

export type AppendOutcome = 'appended' | 'refused' | 'failed';

export const registryMetrics = {
  appended: (outcome: AppendOutcome, ms: number): void =>
    appendDuration.observe({ outcome }, ms / 1_000),
  relayed: (lane: Lane, lagMs: number): void => relayLag.observe({ lane }, lagMs / 1_000),
};

export interface RegistryFacts {
  readonly relay: () => RelayStatus | null;
  /** How long the lane's oldest event that is not committed has waited. */
  readonly behindMs: (lane: Lane) => number;
  readonly viewPosition: () => number;
  readonly leases: () => readonly { readonly gatewayId: string; readonly remainingMs: number }[];
}

/** Shows what a registry holds at each scrape, until the answer is called. */
export function showRegistry(facts: RegistryFacts): () => void {
  const byLane = (read: (lane: Lane) => number) => () =>
    LANES.map((lane) => ({ labels: { lane }, value: read(lane) }));
  const shown = [
    viewPosition.show(() => one(facts.viewPosition())),
    relayPositions.show(byLane((lane) => facts.relay()?.lanes[lane].lag ?? 0)),
    relayBehind.show(byLane((lane) => facts.behindMs(lane) / 1_000)),
    leaseRemaining.show(() =>
      facts.leases().map(({ gatewayId, remainingMs }) => ({
        labels: { gateway_id: gatewayId },
        value: remainingMs / 1_000,
      })),
    ),
  ];
  return () => {
    for (const hide of shown) hide();
  };
}

/** Counts each answer of the operators' API. */
export function countAnswers(server: FastifyInstance): void {
  server.addHook('onResponse', ({ method, routeOptions }, reply, done) => {
    const route = routeOptions.url ?? 'none';
    httpAnswers.add({ method: method as 'GET', route, status: String(reply.statusCode) });
    done();
  });
}
