import { Body, Param, Query, Res } from '@nestjs/common';
import {
  clientIdField,
  deviceIdField,
  emptyBody,
  jobField,
  positionParameter,
  productKeyField,
  tokenIdField,
  type ProblemCode,
} from '@tallystick/contracts';
import { z } from 'zod';
import { getQuery, listQuery, unitQuery } from '../http/query.schemas.ts';

/**
 * A part of the path; an error names it. `problem`: the answer for an id that no resource can have.
 */
function inPath<T>(name: string, field: z.ZodType<T>, problem?: ProblemCode): ParameterDecorator {
  const schema = z.unknown().transform((value, context): T => {
    const checked = field.safeParse(value);
    if (checked.success) return checked.data;
    for (const { message } of checked.error.issues)
      context.addIssue({ code: 'custom', path: [name], message, params: { problem } });
    return z.NEVER;
  });
  return Param(name, { schema });
}

/** Parameters that many routes share, each with its schema: one without is not validated at all. */
export const ProductKey = (): ParameterDecorator =>
  inPath('productKey', productKeyField, 'product-unknown');
export const DeviceId = (): ParameterDecorator =>
  inPath('deviceId', deviceIdField, 'device-unknown');
export const ClientId = (): ParameterDecorator => inPath('clientId', clientIdField, 'unit-unknown');
const sessionId = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'no id of a session');
export const SessionId = (): ParameterDecorator =>
  inPath('sessionId', sessionId, 'session-unknown');
const gatewayId = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, '1 to 128 of A-Z a-z 0-9 . _ -');
export const GatewayId = (): ParameterDecorator =>
  inPath('gatewayId', gatewayId, 'gateway-unknown');
export const TokenId = (): ParameterDecorator => inPath('tokenId', tokenIdField, 'token-unknown');
export const JobId = (): ParameterDecorator => inPath('jobId', jobField, 'job-unknown');
const checkId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'no id of a check');
export const CheckId = (): ParameterDecorator => inPath('checkId', checkId, 'job-unknown');
const viewName = z.string().regex(/^[a-z-]{1,32}$/, 'no name of a view');
export const ViewName = (): ParameterDecorator => inPath('view', viewName, 'route-unknown');
export const Position = (): ParameterDecorator => inPath('position', positionParameter);
export const Asked = (): ParameterDecorator => Query({ schema: getQuery });
export const AskedOfUnit = (): ParameterDecorator => Query({ schema: unitQuery });
export const Listed = (): ParameterDecorator => Query({ schema: listQuery });
export const Nothing = (): ParameterDecorator => Body({ schema: emptyBody });
export const Reply = (): ParameterDecorator => Res({ passthrough: true });
