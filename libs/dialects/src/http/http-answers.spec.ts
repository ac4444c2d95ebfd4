import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toGuideReply } from '../alibaba/http/guide.codec.ts';
import { toRegistrationReply } from '../alibaba/http/registration.codec.ts';
import { REFUSAL_REASONS, type RefusalReason } from '../refusals/refusal-reasons.ts';
import {
  HTTP_FAULTS,
  HTTP_ROUTES,
  type HttpAnswerText,
  type HttpFault,
  type HttpRoute,
} from './device-request.types.ts';
import {
  toHttpFault,
  toHttpRefusal,
  toLoginAnswer,
  toUplinkAnswer,
  toUplinkRefusal,
  type ClaimRoute,
  type UplinkRoute,
} from './http-answers.ts';
import { UPLINK_REFUSALS, type UplinkRefusal } from './uplink-refusals.ts';

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');

/** The table whose first column has that name, as (row, column, cell). */
function tableOf(name: string) {
  const rows = readme
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[| -]+$/.test(line))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
  const from = rows.findIndex(([first]) => first === name);
  const rest = rows.slice(from + 1);
  const end = rest.findIndex((row) => row.length !== rows[from]?.length);
  const body = end < 0 ? rest : rest.slice(0, end);
  const columns = rows[from]?.slice(1) ?? [];
  const cells = body.flatMap(([row = '', ...codes]) =>
    codes.map((code, i) => ({ row, column: columns[i] ?? '', code })),
  );
  return { rows: body.map(([row]) => row), columns, cells };
}

/** As the README writes an answer's code. */
function codeOf({ status, body }: HttpAnswerText): string {
  const said = JSON.parse(body) as { code?: number; error_code?: string };
  return said.error_code === undefined ? String(said.code) : `${status} ${said.error_code}`;
}

describe("the README's table of refusals over HTTP", () => {
  const { rows, columns, cells } = tableOf('reason');
  it('has a row for every reason and a column for every route with a claim', () => {
    expect(rows).toEqual([...REFUSAL_REASONS]);
    expect(columns).toEqual(HTTP_ROUTES.filter((route) => !/topic|up$/.test(route)));
  });

  it.each(cells)('$row on $column answers $code', ({ row, column, code }) => {
    expect(codeOf(toHttpRefusal(column as ClaimRoute, row as RefusalReason))).toBe(code);
  });
});

describe("the README's table of faults", () => {
  const { rows, columns, cells } = tableOf('fault');
  it('has a row for every fault and a column for every route', () => {
    expect(rows).toEqual([...HTTP_FAULTS]);
    expect(columns.toSorted()).toEqual([...HTTP_ROUTES].toSorted());
  });

  it.each(cells)('$row on $column answers $code', ({ row, column, code }) => {
    expect(codeOf(toHttpFault(column as HttpRoute, row as HttpFault))).toBe(code);
  });

  it.each(HTTP_ROUTES)('broken framing on %s has status 400', (route) => {
    expect(toHttpFault(route, 'broken').status).toBe(400);
  });
});

describe("the README's table of messages that are not taken", () => {
  const { rows, cells } = tableOf('why not taken');
  it('has a row for every cause', () => {
    expect(rows).toEqual([...UPLINK_REFUSALS]);
  });

  it.each(cells)('$row on $column answers $code', ({ row, column, code }) => {
    const answer = toUplinkRefusal(column as UplinkRoute, row as UplinkRefusal, null);
    expect(codeOf(answer)).toBe(code);
  });
});

describe('what a device is given', () => {
  const grant = {
    productKey: 'a1BcD2eF3gH',
    deviceKey: 'd'.repeat(32),
    deviceSecret: 's'.repeat(64),
  };

  it('registration: in the order of the SDKs, without a blank, within 256 bytes', () => {
    const body = toRegistrationReply(grant);
    expect(body).toBe(
      `{"code":200,"data":{"deviceName":"${grant.deviceKey}","deviceSecret":"${grant.deviceSecret}","productKey":"a1BcD2eF3gH"},"message":"success"}`,
    );
    expect(body.length).toBeLessThanOrEqual(256);
  });

  it.each([
    ['a long name: without the message', 's'.repeat(22), 3],
    ['the longest of all: the secret alone', 's'.repeat(64), 1],
    ['quotes, which are two bytes each', '"'.repeat(64), 1],
  ])('registration: within 256 bytes, %s', (_, deviceSecret, names) => {
    const long = { productKey: 'p'.repeat(32), deviceKey: 'd'.repeat(128) };
    const body = toRegistrationReply({ ...long, deviceSecret });
    expect(body.length).toBeLessThanOrEqual(256);
    const read = JSON.parse(body) as { readonly data: Readonly<Record<string, string>> };
    expect(Object.keys(read)).toEqual(['code', 'data']);
    expect(Object.keys(read.data)).toHaveLength(names);
    expect(read.data['deviceSecret']).toBe(deviceSecret);
  });

  it('pre-auth: within the 300 bytes of iotkit 3.0, the port as a number', () => {
    const login = { iotId: 'i'.repeat(64), iotToken: 'a'.repeat(64) };
    const body = toGuideReply({ host: 'iot-as-mqtt.cn-shanghai.example', port: 1883 }, login);
    expect(body.length).toBeLessThan(300);
    expect(body).toContain('"port":1883}');
    expect(toGuideReply({ host: 'h', port: 1 }, null)).toBe(
      '{"code":200,"data":{"resources":{"mqtt":{"host":"h","port":1}}},"message":"success"}',
    );
  });

  it.each([
    ['alibaba-auth', '{"code":0,"message":"success","info":{"token":"T"}}'],
    ['enos-auth', '{"code":200,"data":{"sessionId":"T"},"message":"success"}'],
    ['huawei-auth', '{"access_token":"T","expires_in":86399}'],
  ] as const)('a token on %s', (route, body) => {
    expect(toLoginAnswer(route, 'T')).toEqual({ status: 200, body });
  });

  it.each([
    ['alibaba-topic', '{"code":0,"message":"success","info":{"messageId":7}}'],
    ['enos-topic', '{"id":"1","code":200,"data":"","message":"success"}'],
    ['huawei-up', '{}'],
  ] as const)('for a message on %s', (route, body) => {
    expect(toUplinkAnswer(route, '1', 7)).toEqual({ status: 200, body });
  });
});
