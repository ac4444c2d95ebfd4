import { basename } from 'node:path';
import type { ViewStore } from '@tallystick/ports';
import { createLmdbViewStore } from '@tallystick/projections';
import { setAside } from '@tallystick/services-edge';
import type { AuthGatewayDeps } from '../gateway.types.ts';

/** Address space for the view's file: some twenty million devices. */
const MAP_BYTES = 16 * 1024 ** 3;

export interface OpenedView {
  readonly store: ViewStore;
  /**
   * Why the view begins empty though there was a file; null: it does not. In the words of /readyz.
   */
  readonly readAnew: string | null;
}

/**
 * The view's file in HOME. If it is truncated, foreign or damaged, or if a signal ended too many
 * runs that had it open, it is set aside and the view is read from the bus again.
 */
export async function openViewStore({
  home,
  logger,
  openView,
}: AuthGatewayDeps): Promise<OpenedView> {
  if (openView !== undefined) return { store: await openView(), readAnew: null };
  let readAnew: string | null = null;
  const store = await createLmdbViewStore({
    path: home.file('gateway-view.mdb'),
    mapSizeBytes: MAP_BYTES,
    onSetAside: (movedTo) => {
      readAnew = `its file could not be read and stands in ${basename(movedTo)}`;
      logger.error(
        { movedTo },
        'the file of the view is cut short, foreign or damaged, or a signal ended the runs before: read anew',
      );
      setAside.add({ what: 'view' });
    },
  });
  return { store, readAnew };
}
