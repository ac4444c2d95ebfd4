import type { JsonObject } from '@tallystick/kernel';
import {
  jobRecordKey,
  jobStream,
  tenantRecordKey,
  tenantStream,
  tokenRecordKey,
  tokenStream,
} from '../bus/streams.ts';
import { keyBinding } from './channels.ts';
import { SOME } from './some.ts';

const { tenant } = SOME;

interface PlatformPlace {
  readonly key: JsonObject;
  readonly stream: string;
}

const ofTenant: PlatformPlace = {
  key: keyBinding('<tenant>//tenant', '^[a-z0-9-]+//tenant$', tenantRecordKey(tenant)),
  stream: tenantStream(tenant),
};
const ofToken: PlatformPlace = {
  key: keyBinding(
    '<tenant>//token/<id>',
    '^[a-z0-9-]+//token/[A-Za-z0-9_]+$',
    tokenRecordKey(tenant, SOME.tokenId),
  ),
  stream: tokenStream(SOME.tokenId),
};
const ofJob: PlatformPlace = {
  key: keyBinding(
    '<tenant>//job/<jobId>',
    '^[a-z0-9-]+//job/[A-Za-z0-9-]+$',
    jobRecordKey(tenant, SOME.callId),
  ),
  stream: jobStream(tenant, SOME.callId),
};
/** Where the events of tenants, tokens and imports stand, by their types. */
export const PLATFORM_PLACES: ReadonlyMap<string, PlatformPlace> = new Map([
  ['TenantCreated', ofTenant],
  ['TokenIssued', ofToken],
  ['TokenRevoked', ofToken],
  ['ImportFinished', ofJob],
  ['ImportUndone', ofJob],
]);
