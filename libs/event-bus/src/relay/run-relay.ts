import type { Leadership, RelayMapper } from '@tallystick/ports';
import { createRelay, type Relay } from './relay.ts';
import type { LaneStatus, Pace, RelayDeps, RelayLane } from './relay.types.ts';

export interface RunRelayDeps extends Omit<RelayDeps, 'lane' | 'mapper' | 'signal' | 'pace'> {
  readonly leadership: Leadership;
  readonly mappers: Readonly<Record<RelayLane, RelayMapper>>;
  readonly pace?: Readonly<Partial<Record<RelayLane, Partial<Pace>>>>;
}

export interface RelayStatus {
  readonly leading: boolean;
  /** Zeros while another process leads. */
  readonly lanes: Readonly<Record<RelayLane, LaneStatus>>;
}

export interface RelayHandle {
  status(): RelayStatus;
  /** Ends both lanes after the commits under way, and the campaign. */
  stop(): Promise<void>;
}

const NOT_LEADING: LaneStatus = { position: 0, lag: 0 };

/**
 * Campaigns for the one `relay` lead of the installation; the leader runs both lanes. When either
 * ends the lead is given up, so that lead and fences come together again.
 */
export function runRelay(deps: RunRelayDeps): RelayHandle {
  const { leadership, mappers, pace, log, ...shared } = deps;
  let leading: Readonly<Record<RelayLane, Relay>> | null = null;

  async function lead(signal: AbortSignal): Promise<void> {
    const other = new AbortController();
    const both = AbortSignal.any([signal, other.signal]);
    const start = (lane: RelayLane): Relay =>
      createRelay({
        ...shared,
        lane,
        log,
        mapper: mappers[lane],
        signal: both,
        ...(pace?.[lane] === undefined ? {} : { pace: pace[lane] }),
      });
    const lanes = { fast: start('fast'), bulk: start('bulk') };
    leading = lanes;
    const ends = await Promise.allSettled(
      [lanes.fast, lanes.bulk].map((lane) =>
        lane.ended.finally(() => {
          other.abort();
        }),
      ),
    );
    leading = null;
    for (const end of ends) {
      if (end.status === 'fulfilled') continue;
      log.warn({ problem: String(end.reason) }, 'a lane of the relay has failed');
      throw end.reason;
    }
  }

  const campaign = leadership.campaign('relay', lead);
  return {
    status: () => ({
      leading: leading !== null,
      lanes: {
        fast: leading?.fast.status() ?? NOT_LEADING,
        bulk: leading?.bulk.status() ?? NOT_LEADING,
      },
    }),
    stop: () => campaign.stop(),
  };
}
