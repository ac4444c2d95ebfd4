import { parseGatewaysRecord, TOPICS } from '@tallystick/contracts';
import { isPortError, PortError } from '@tallystick/kernel';
import type { DeliveredRecord, EventBus } from '@tallystick/ports';

export interface HeirQuestion {
  readonly bus: EventBus;
  readonly gatewayId: string;
  readonly incarnation: string;
  /** Names this question among those of one incarnation. */
  readonly question: number;
  readonly signal: AbortSignal;
}

/** Own reports that are read back before the answer: one a second, as the heir's are. */
const OWN_REPORTS = 3;

/**
 * For a gateway that missed its lease and goes on. Rejects with `misconfigured` when a newer
 * incarnation has taken its id meanwhile: then every device that it admits would be cut again.
 * Which incarnation is newer follows from its id, which begins with the time.
 */
export async function yieldToHeir(asked: HeirQuestion): Promise<void> {
  try {
    await hearOthers(asked);
  } catch (error) {
    // A bus that goes away again: it is asked once more when the lease is renewed once more.
    if (!isPortError(error) || !error.retriable) throw error;
  }
}

async function hearOthers(asked: HeirQuestion): Promise<void> {
  const { bus, gatewayId, incarnation, question, signal } = asked;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let own = 0;
  const read = ({ key, value }: DeliveredRecord): void => {
    const report = key === gatewayId ? parseGatewaysRecord(value) : null;
    if (report?.kind !== 'gateway' || report.released) return;
    if (report.incarnation > incarnation) reject(inherited(gatewayId));
    if (report.incarnation === incarnation && ++own >= OWN_REPORTS) resolve();
  };
  signal.addEventListener('abort', () => resolve(), { once: true });
  const subscription = await bus.subscribe({
    topics: [TOPICS.gateways],
    group: `gateway-${gatewayId}-heir-${incarnation}-${String(question)}`,
    from: 'latest',
    onBatch: async ({ records }) => records.forEach(read),
    onFailed: reject,
  });
  try {
    await promise;
  } finally {
    await subscription.close();
  }
}

function inherited(gatewayId: string): PortError {
  const why = `another gateway has taken the id ${gatewayId} since this one lost its lease`;
  return new PortError('misconfigured', why);
}
