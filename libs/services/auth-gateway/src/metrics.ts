import { Counter, Gauge, register } from 'prom-client';

/** Several gateways of one process (tests) share the default register. */
function once<M>(name: string, create: () => M): M {
  return (register.getSingleMetric(name) as M | undefined) ?? create();
}

export interface GatewayMetrics {
  connect(decision: 'allow' | 'deny', reason: string): void;
  /** A socket was closed at the door, before any CONNECT; `limit`: what was full. */
  turnedAway(limit: string): void;
  facts(facts: {
    readonly sessions: number;
    readonly fastPosition: number;
    readonly bulkPosition: number;
    readonly stalenessMs: number;
  }): void;
}

export function createMetrics(): GatewayMetrics {
  const counter = (name: string, help: string, labelNames: string[]) =>
    once(name, () => new Counter({ name, help, labelNames }));
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    once(name, () => new Gauge({ name, help, labelNames }));
  const connects = counter('tallystick_connects_total', 'CONNECTs by decision and reason', [
    'decision',
    'reason',
  ]);
  const turnedAway = counter('tallystick_gateway_turned_away_total', 'Sockets closed at the door', [
    'limit',
  ]);
  const sessions = gauge('tallystick_gateway_sessions', 'Live sessions');
  const position = gauge('tallystick_gateway_view_position', 'Store position applied', ['lane']);
  const staleness = gauge('tallystick_gateway_view_staleness_seconds', 'Age of the fast tick');
  const children = new Map<string, { inc(): void }>();
  return {
    connect: (decision, reason) => {
      let child = children.get(reason);
      if (child === undefined) {
        child = connects.labels(decision, reason);
        children.set(reason, child);
      }
      child.inc();
    },
    turnedAway: (limit) => turnedAway.inc({ limit }),
    facts: (facts) => {
      sessions.set(facts.sessions);
      position.set({ lane: 'fast' }, facts.fastPosition);
      position.set({ lane: 'bulk' }, facts.bulkPosition);
      staleness.set(facts.stalenessMs / 1_000);
    },
  };
}
