/** What every example tells of, so that they fit together. */
const name = { productKey: 'boiler', deviceKey: 'boiler-0042', generation: 1 } as const;

export const SOME = {
  tenant: 'default',
  device: { deviceId: 'dv_01jd7h0q9v8t6m3k2n4p5r7s8w', ...name },
  product: { productKey: name.productKey },
  tokenId: 'tk_4fGh7Kq2Zp9sXw1cVb3n',
  clientId: 'C7f3kQ9x',
  otherClientId: 'Dq2mW8zt',
  gatewayId: 'gateway-1',
  sessionId: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b13',
  eventId: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b06',
  callId: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b05',
  registeredAt: '2026-11-20T08:15:30.123Z',
  now: '2026-11-28T19:30:00.000Z',
} as const;
