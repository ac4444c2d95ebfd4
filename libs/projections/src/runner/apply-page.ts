import type { AllPage, SqlDatabase } from '@tallystick/ports';
import type { IdentityView } from '../views/view.types.ts';
import { lockPositions, readFollowing, writePosition, type Positions } from './checkpoints.ts';

/**
 * Applies a page that was read after `after` to every view that stands within it: rows and
 * checkpoints in one transaction. A view that another process has brought further skips what it
 * has; one that was thrown back (a rebuild) waits for its own page.
 */
export function applyPage(
  db: SqlDatabase,
  views: readonly IdentityView[],
  after: number,
  page: AllPage,
): Promise<Positions> {
  return db.write(async (session) => {
    const positions = await lockPositions(
      session,
      db.dialect,
      views.map(({ name }) => name),
    );
    const following = await readFollowing(session);
    const moved: string[] = [];
    for (const view of views) {
      const position = positions.get(view.name) ?? 0;
      if (position < after || position >= page.through) continue;
      const events = page.events.filter((event) => event.position > position);
      await view.apply(session, events, '');
      if (following.has(view.name)) await view.apply(session, events, '_beside');
      positions.set(view.name, page.through);
      moved.push(view.name);
    }
    await writePosition(session, moved, page.through);
    return positions;
  });
}
