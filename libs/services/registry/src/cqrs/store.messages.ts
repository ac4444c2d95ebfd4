import type { StoreDocument } from '@tallystick/contracts';
import type { GetQuery } from '../http/query.schemas.ts';
import { onRead, onWrite, Read, Write } from './intent.ts';

export class GetStore extends Read<null, GetQuery, StoreDocument> {}
export class AdoptStore extends Write<null, null> {}

export const STORE_HANDLERS = [
  onRead(GetStore, ({ store }) => store.show()),
  onWrite(AdoptStore, ({ store }) => store.adopt()),
];
