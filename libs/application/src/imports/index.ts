export { unpackPlan } from './chunk-plan.codec.ts';
export type { ImportHandlers } from './import-handlers.types.ts';
export { createImportHandlers } from './imports.handler.ts';
export type { ImportDeps, Imported, ImportInput, ImportRefusal } from './imports.types.ts';
export type { SecretsOfChunk } from './job-secrets.ts';
export type { PlannedRow } from './planned-row.types.ts';
export type { ImportFormat } from './row-parser.ts';
