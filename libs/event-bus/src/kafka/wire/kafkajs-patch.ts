import { createRequire } from 'node:module';
import { PortError } from '@tallystick/kernel';
import { encodeProduce, type ProduceParts } from './produce.codec.ts';

/** What kafkajs sends: `encode` answers what its encoder of requests takes over. */
interface ProduceRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  expectResponse(): boolean;
  encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
}

/** The versions that follow are this one under another number. */
export const PRODUCE_MODULE = 'kafkajs/src/protocol/requests/produce/v3/request.js';

const API = { apiKey: 0, apiVersion: 3, apiName: 'Produce' } as const;

/**
 * kafkajs puts a send together in seven growing, zeroed buffers, one inside the other, with a
 * bytewise checksum: most of what a send costs. This writes the same bytes once. To be called
 * before the first send, which is when kafkajs loads what it encodes them with.
 */
export function patchProduce(): void {
  const require = createRequire(import.meta.url);
  require(PRODUCE_MODULE);
  const module = require.cache[require.resolve(PRODUCE_MODULE)];
  if (module !== undefined) module.exports = createProduceRequest;
}

export function createProduceRequest({
  compression = 0,
  ...parts
}: ProduceParts & { readonly compression?: number }): ProduceRequest {
  if (compression !== 0) throw new PortError('misconfigured', 'sends are not compressed');
  return {
    ...API,
    expectResponse: () => parts.acks !== 0,
    async encode() {
      const bytes = encodeProduce(parts, Date.now());
      return { buf: bytes, buffer: bytes };
    },
  };
}
