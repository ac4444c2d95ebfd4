import { rows } from '../../e2e/harness/api.ts';
import type { Platform } from '../../e2e/harness/platform.ts';
import { startChild, type Child } from '../parts/child.ts';
import type { Scope } from '../world.ts';
import type { Backlog } from './backlog.child.ts';

/** A backlog that is kept up for as long as it is asked for. */
export interface Backlogs {
  /** True while events that were appended wait to be relayed; appends anew when none do. */
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
  let appending = false;
  let failure: unknown;
  const append = (): void => {
    appending = true;
    made += 1;
    child.ask({ databaseUrl, productKey: `backlog_${made}`, count }).then(
      (position) => {
        head = position;
        appending = false;
      },
      (error: unknown) => (failure = error),
    );
  };
  return {
    async underWay() {
      if (failure !== undefined) throw failure;
      if (appending) return true;
      if ((await bulkPosition(platform)) < head) return true;
      append();
      return false;
    },
    appended: () => made * count,
  };
}
