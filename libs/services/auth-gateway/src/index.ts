export type { AuthGatewayDeps } from './gateway.types.ts';
export { startAuthGateway } from './start-auth-gateway.ts';
