import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClaimRequest } from '@tallystick/contracts';
import { Outage } from '@tallystick/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegistryClient } from './registry-client.ts';

const GRACE_MS = 2_000;
const claim: ClaimRequest = {
  claimId: 'c1',
  productKey: 'thermo',
  deviceKey: 'cam',
  gatewayId: 'g1',
  dialect: 'alibaba',
};

describe('claims that no registry answers', () => {
  let status = 401;
  let server: Server;
  let url = '';
  let now = 0;
  let said: string[] = [];

  beforeEach(async () => {
    [status, now, said] = [401, 0, []];
    server = createServer((_, response) => {
      response.writeHead(status).end('{"granted":false,"reason":"slots-full"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const clientOf = (...urls: string[]): RegistryClient => {
    const report = { away: (why: string) => said.push(why), back: () => said.push('back') };
    return new RegistryClient({ urls, token: 't', outage: new Outage(report, () => now) });
  };
  const claimTwice = async (client: RegistryClient): Promise<void> => {
    await client.claim(claim);
    now += GRACE_MS;
    await client.claim(claim);
  };

  it('are told once, with what each registry said, and that it is over', async () => {
    const client = clientOf(url);
    await claimTwice(client);
    await client.claim(claim);
    expect(said).toEqual([`${url}: the internal token is not its own`]);

    status = 200;
    await client.claim(claim);
    expect(said).toEqual([expect.any(String), 'back']);
  });

  it('name an address where nobody listens', async () => {
    await claimTwice(clientOf('http://127.0.0.1:1'));
    expect(said[0]).toMatch(/^http:\/\/127\.0\.0\.1:1: /);
  });

  it('are not told while another registry answers', async () => {
    status = 200;
    await claimTwice(clientOf('http://127.0.0.1:1', url));
    expect(said).toEqual([]);
  });
});
