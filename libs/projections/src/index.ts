export { createPresenceProjector, type PresenceProjector } from './presence/presence-projector.ts';
export { createIdentityQueries } from './queries/identity-queries.ts';
export type * from './queries/queries.types.ts';
export { createViewRunner } from './runner/view-runner.ts';
export type * from './runner/view-runner.types.ts';
export * from './stores/lmdb/index.ts';
export { boundedText } from './stores/sql/bounded-text.ts';
export { identityViews } from './views/identity-views.ts';
export type * from './views/view.types.ts';
