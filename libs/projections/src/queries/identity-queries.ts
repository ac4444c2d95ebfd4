import type { SqlDatabase } from '@tallystick/ports';
import { createDeviceQueries } from './devices.queries.ts';
import { createPlatformQueries } from './platform.queries.ts';
import { createProductQueries } from './products.queries.ts';
import type { IdentityQueries } from './queries.types.ts';
import { createSessionQueries } from './sessions.queries.ts';
import { createStatsQueries } from './stats.queries.ts';
import { createUnitQueries } from './units.queries.ts';

/** Reads the tables that the view runner and the presence projector make and fill. */
export function createIdentityQueries(db: SqlDatabase): IdentityQueries {
  return {
    ...createProductQueries(db),
    ...createDeviceQueries(db),
    ...createUnitQueries(db),
    ...createSessionQueries(db),
    ...createPlatformQueries(db),
    ...createStatsQueries(db),
  };
}
