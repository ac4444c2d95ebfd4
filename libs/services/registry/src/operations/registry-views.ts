import type { IdentityQueries, ViewRunner } from '@tallystick/projections';
import { invalidField, ProblemError } from '../http/problem.ts';
import { exact } from './exact.ts';
import type { Page } from './operations.types.ts';
import type { RegistryViews } from './views.types.ts';

/** How long a read waits for its view. */
const REACH_MS = 5_000;
const DEFAULT_LIMIT = 100;

/** A list whose cursor is none of ours is no list. */
function pageOf<T>(page: Page<T> | null): Page<T> {
  if (page === null) throw invalidField('cursor', 'not a cursor of this list');
  return page;
}

type Runner = Pick<ViewRunner, 'waitFor' | 'position'>;

function createReaching(runner: Runner, lastAppended: () => number) {
  const reach = async (position: number): Promise<void> => {
    if (!(await runner.waitFor(position, REACH_MS))) throw new ProblemError('view-behind');
  };
  return {
    reach,
    /** null only when the view has seen all that this process has appended. */
    async surely<T>(find: () => Promise<T | null>): Promise<T | null> {
      const wanted = lastAppended();
      const behind = runner.position() < wanted;
      const found = await find();
      if (found !== null || !behind) return found;
      await reach(wanted);
      return find();
    },
  };
}

/** The projections as the operations ask them. */
export function createRegistryViews(
  queries: IdentityQueries,
  runner: Runner,
  lastAppended: () => number,
): RegistryViews {
  const { reach, surely } = createReaching(runner, lastAppended);
  return {
    reach,
    products: async (tenant, { limit, cursor }) =>
      pageOf(await queries.listProducts(tenant, limit, cursor)),
    countDevices: queries.countDevices,
    multiClientIds: async (tenant, productKey, { limit, cursor }) =>
      pageOf(await queries.multiClientIds(tenant, productKey, limit, cursor)),
    device: (tenant, deviceId) => queries.findDevice(tenant, deviceId),
    findDevice: (tenant, deviceId) => surely(() => queries.findDevice(tenant, deviceId)),
    deviceByKey: (tenant, productKey, deviceKey) =>
      queries.findDeviceByKey(tenant, productKey, deviceKey),
    devices: async (tenant, query) => {
      const { productKey, deviceKey, status, tag } = query;
      const filter = { tenant, ...exact({ productKey, deviceKey, status }), tags: tag };
      const page = await queries.listDevices(filter, query.limit ?? DEFAULT_LIMIT, query.cursor);
      return pageOf(page);
    },
    unitPresence: async (tenant, deviceId) => (await queries.listClientIds(tenant, deviceId)) ?? [],
    transitions: queries.listTransitions,
    sessions: async (tenant, deviceId, clientId) =>
      (await queries.listSessions(tenant, deviceId, clientId)) ?? [],
    liveSession: async (tenant, sessionId) => {
      const session = await queries.findSession(tenant, sessionId);
      return session === null || session.closedAt !== null ? null : session;
    },
  };
}
