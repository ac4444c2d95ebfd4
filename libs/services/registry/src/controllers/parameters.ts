import { Body, Param, Query, Res } from '@nestjs/common';
import { deviceIdField, emptyBody, productKeyField } from '@tallystick/contracts';
import { z } from 'zod';
import { getQuery, listQuery } from '../http/query.schemas.ts';

/** Parameters that many routes share, each with its schema: one without is not validated at all. */
export const ProductKey = (): ParameterDecorator =>
  Param('productKey', { schema: productKeyField });
export const DeviceId = (): ParameterDecorator => Param('deviceId', { schema: deviceIdField });
export const SessionId = (): ParameterDecorator =>
  Param('sessionId', { schema: z.string().regex(/^[\x21-\x7e]{1,128}$/, 'no id of a session') });
export const Asked = (): ParameterDecorator => Query({ schema: getQuery });
export const Listed = (): ParameterDecorator => Query({ schema: listQuery });
export const Nothing = (): ParameterDecorator => Body({ schema: emptyBody });
export const Reply = (): ParameterDecorator => Res({ passthrough: true });
