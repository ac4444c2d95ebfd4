export { openRegistry, type OpenedRegistry } from './open-registry.ts';
export type { RegistryDeps } from './registry.types.ts';
export { startRegistry } from './start-registry.ts';
