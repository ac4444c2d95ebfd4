import type { JsonValue } from '@tallystick/kernel';
import type { FastifyReply } from 'fastify';
import type { Written } from '../operations/operations.types.ts';

/**
 * What a write answers: its revision and position in headers, the resource after it as the body.
 */
export function answer(reply: FastifyReply, written: Written): JsonValue | undefined {
  void reply.header('tallystick-position', String(written.position));
  if (written.revision !== null) void reply.header('etag', `"${written.revision}"`);
  return written.body ?? undefined;
}
