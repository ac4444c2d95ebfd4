import { CommandHandler, QueryHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ViewCheckDocument, ViewsDocument } from '@tallystick/contracts';
import { identityViews, type CheckKind } from '@tallystick/projections';
import { audited, toAuditEntry } from '../audit/audit-entry.ts';
import type { Call, Written } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { GetQuery } from '../http/query.schemas.ts';
import { Handler } from './handler.ts';
import { Read, ReadHandler } from './read.ts';
import { Write } from './write.ts';

export class ListViews extends Read<GetQuery, ViewsDocument> {}
export class GetViewCheck extends Read<
  GetQuery & { readonly checkId: string },
  ViewCheckDocument
> {}
export class VerifyViews extends Write<null> {}
export class RebuildView extends Write<{ readonly view: string }> {}

@QueryHandler(ListViews)
export class ListViewsHandler extends ReadHandler<ListViews, ViewsDocument> {
  protected async read() {
    const { runner, store } = this.parts;
    const [head, standing] = await Promise.all([store.head(), runner.list()]);
    return {
      data: standing.map(({ view, version, position, rows }) => {
        // The head was read beside: a view is never shown to be ahead of it.
        return { view, version, position, head: Math.max(head, position), rows };
      }),
    };
  }
}

@QueryHandler(GetViewCheck)
export class GetViewCheckHandler extends ReadHandler<GetViewCheck, ViewCheckDocument> {
  protected async read({ input }: GetViewCheck): Promise<ViewCheckDocument> {
    const check = await this.parts.runner.findCheck(input.checkId);
    if (check === null) throw new ProblemError('job-unknown');
    const { names: _, ...shown } = check;
    return { ...shown, views: check.views.map((view) => ({ ...view })) };
  }
}

abstract class StartingHandler extends Handler {
  /** Goes on behind the answer: how it ends stands in the check. */
  protected async start(call: Call, kind: CheckKind, names: readonly string[]): Promise<Written> {
    const { runner, clock, store, logger } = this.parts;
    const entry = toAuditEntry(call, clock.now(), names.join(','));
    const { checkId, done } = await audited(this.parts, entry, async () => {
      const started = await runner.check(kind, names);
      if (started.asked) return started;
      const detail = `Views are built one at a time: ${started.checkId} is under way, ask again when it has ended`;
      throw new ProblemError('too-many-requests', detail);
    });
    done.then(
      (ended) => {
        if (ended?.state === 'failed')
          logger.warn({ checkId, kind, detail: ended.detail }, 'a build of views has failed');
      },
      (error: unknown) => logger.warn({ err: error, checkId, kind }, 'a build of views has failed'),
    );
    return { position: await store.head(), revision: null, body: { checkId } };
  }
}

@CommandHandler(VerifyViews)
export class VerifyViewsHandler extends StartingHandler implements ICommandHandler<VerifyViews> {
  execute({ call }: VerifyViews): Promise<Written> {
    return this.start(
      call,
      'verify',
      identityViews.map(({ name }) => name),
    );
  }
}

/** ProblemError `route-unknown`: there is no such view. */
@CommandHandler(RebuildView)
export class RebuildViewHandler extends StartingHandler implements ICommandHandler<RebuildView> {
  execute({ call, input: { view } }: RebuildView): Promise<Written> {
    if (!identityViews.some(({ name }) => name === view)) throw new ProblemError('route-unknown');
    return this.start(call, 'rebuild', [view]);
  }
}

export const VIEW_HANDLERS = [
  ...[ListViewsHandler, GetViewCheckHandler],
  ...[VerifyViewsHandler, RebuildViewHandler],
];
