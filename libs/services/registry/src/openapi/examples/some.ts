/** What every example tells of, so that they fit together. */
export const SOME = {
  productKey: 'boiler',
  deviceKey: 'boiler-0042',
  deviceId: 'dv_01jd7h0q9v8t6m3k2n4p5r7s8w',
  clientId: 'C7f3kQ9x',
  otherClientId: 'Dq2mW8zt',
  sessionId: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b13',
  checkId: '019ad5f0-7a52-7c3e-9b1d-2f4a6c8e0b05',
  jobId: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b21',
  gatewayId: 'gateway-1',
  tokenId: 'tk_4fGh7Kq2Zp9sXw1cVb3n',
  requestId: '0199f7c1-9c41-7d20-8a3e-5b7c9d1e3f24',
  position: 1_207,
  registeredAt: '2026-11-20T08:15:30.123Z',
  activatedAt: '2026-11-20T09:00:00.000Z',
  now: '2026-11-28T19:30:00.000Z',
} as const;
