export * from './queries/queries.types.ts';
export * from './runner/view-runner.types.ts';
export * from './stores/lmdb/index.ts';
export * from './views/view.types.ts';
