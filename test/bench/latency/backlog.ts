import { rows } from '../../e2e/harness/api.ts';
import type { Platform } from '../../e2e/harness/platform.ts';
import { startChild, type Child } from '../parts/child.ts';
import type { Scope } from '../world.ts';
import type { Backlog } from './backlog.child.ts';

/** A backlog that is kept up for as long as it is asked for. */
export interface Backlogs {
  /**
   * True while events that were appended wait to be relayed; where none do it answers false, once
   * it has appended anew.
   */
  underWay(): Promise<boolean>;
  appended(): number;
}

async function bulkPosition(platform: Platform): Promise<number> {
  const positions = rows(await platform.api('GET', '/gateways')).map((row) =>
    Number(row['bulkPosition']),
  );
  return Math.min(...positions);
}

export async function keepBacklog(
  scope: Scope,
  platform: Platform,
  count: number,
): Promise<Backlogs> {
  const { databaseUrl } = platform;
  const child: Child<Backlog, number> = scope.keep(
    await startChild<Backlog, number>(new URL('backlog.child.ts', import.meta.url)),
  );
  let made = 0;
  let head = 0;
  return {
    async underWay() {
      if ((await bulkPosition(platform)) < head) return true;
      made += 1;
      head = await child.ask({ databaseUrl, productKey: `backlog_${made}`, count });
      return false;
    },
    appended: () => made * count,
  };
}
