import { PROBLEMS, type ProblemCode } from '@tallystick/contracts';
import type { FastifyRequest } from 'fastify';
import { demandOn, findAdmitted } from '../http/admission.ts';
import { DEFAULT_TENANT } from '../http/caller.ts';
import type { Refused } from './noted-refusals.ts';

/** The actor of an attempt without a token that is in force. */
export const UNKNOWN_ACTOR = 'unknown';

const REFUSED = new Set<number>([401, 403, 429]);
const ID = /^[\x21-\x7e]{1,256}$/;

/** Somebody may write a whole token where its id belongs. */
const WHOLE_TOKEN = /^(tk_[A-Za-z0-9]{20})\..*$/;

/** The resource of the path, if the path names one that can be; never a secret. */
function subjectOf({ params }: FastifyRequest): string | null {
  if (typeof params !== 'object' || params === null) return null;
  const values: readonly unknown[] = Object.values(params);
  const [first] = values;
  return typeof first === 'string' && ID.test(first) ? first.replace(WHOLE_TOKEN, '$1') : null;
}

/** null: nothing that the audit tells of, as what no route takes. */
export function toRefusedAttempt(request: FastifyRequest, code: ProblemCode): Refused | null {
  const { status } = PROBLEMS[code];
  const operationId = demandOn(request)?.operationId;
  if (!REFUSED.has(status) || operationId === undefined) return null;
  const { caller, tenant } = findAdmitted(request) ?? { caller: null, tenant: DEFAULT_TENANT };
  return {
    alone: status === 403,
    tenant,
    actor: caller?.actor ?? UNKNOWN_ACTOR,
    action: `${operationId} refused`,
    subject: subjectOf(request),
    remoteAddress: request.ip,
    requestId: request.id,
    detail: code,
  };
}
