import { Counter, Gauge, register, Registry } from 'prom-client';
import type { RelayStatus } from '@tallystick/event-bus';
import type { FastifyInstance } from 'fastify';

export interface MetricsDeps {
  readonly relay: () => RelayStatus | null;
  readonly viewPosition: () => number;
}

export interface Metrics {
  countAnswers(server: FastifyInstance): void;
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
}

function addGauges({ relay, viewPosition }: MetricsDeps, registers: Registry[]): void {
  new Gauge({
    name: 'tallystick_view_position',
    help: 'The store position that every view has reached',
    registers,
    collect() {
      this.set(viewPosition());
    },
  });
  new Gauge({
    name: 'tallystick_relay_lag_positions',
    help: 'Positions between a lane and the head of the store; only the leader has any',
    labelNames: ['lane'],
    registers,
    collect() {
      const lanes = relay()?.lanes;
      for (const lane of ['fast', 'bulk'] as const) this.set({ lane }, lanes?.[lane].lag ?? 0);
    },
  });
}

/** This service's own figures, shown together with those that the process keeps. */
export function createMetrics(deps: MetricsDeps): Metrics {
  const own = new Registry();
  const registers = [own];
  const answers = new Counter({
    name: 'tallystick_http_answers_total',
    help: 'Answers of the operators API by method, route and status',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  addGauges(deps, registers);
  return {
    countAnswers: (server) => {
      server.addHook('onResponse', (request, reply, done) => {
        const route = request.routeOptions.url ?? 'none';
        answers.inc({ method: request.method, route, status: reply.statusCode });
        done();
      });
    },
    text: async () => {
      const all = Registry.merge([register, own]);
      return { contentType: register.contentType, text: await all.metrics() };
    },
  };
}
