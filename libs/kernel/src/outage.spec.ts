import { describe, expect, it } from 'vitest';
import { Outage } from './outage.ts';

function given() {
  let now = 0;
  const told: string[] = [];
  const outage = new Outage(
    { away: (why) => told.push(`away: ${why}`), back: (ms) => told.push(`back after ${ms}`) },
    () => now,
  );
  return { outage, told, passes: (ms: number) => (now += ms) };
}

describe('an outage', () => {
  it('given callers that go on failing, then it is told once, and once that it is over for all', () => {
    const { outage, told, passes } = given();
    outage.failed('reader', 'refused');
    passes(1_500);
    outage.failed('publisher', 'refused');
    passes(1_000);
    for (const who of ['reader', 'publisher', 'reader']) outage.failed(who, 'refused');
    expect(told).toEqual(['away: refused']);
    passes(7_500);
    outage.succeeded('publisher');
    expect(outage.told).toBe(true);
    outage.succeeded('reader');
    outage.succeeded('reader');
    expect(told).toEqual(['away: refused', 'back after 10000']);
  });

  it('given a caller that gives up, then the success of another caller ends the outage', () => {
    const { outage, told } = given();
    outage.failed('relay', 'refused', 5_000);
    outage.forget('relay');
    expect(told).toEqual(['away: refused']);
    outage.succeeded('reader');
    expect(told).toEqual(['away: refused', 'back after 5000']);
  });

  it('given a failure that is mended soon, then nothing is told', () => {
    const { outage, told, passes } = given();
    outage.failed('reader', 'refused');
    passes(1_900);
    outage.succeeded('reader');
    passes(5_000);
    outage.failed('reader', 'refused');
    expect(told).toEqual([]);
  });

  it('given a try that failed after a long wait, then it is told at once', () => {
    const { outage, told } = given();
    outage.failed('publisher', 'no answer', 15_000);
    outage.succeeded('publisher');
    expect(told).toEqual(['away: no answer', 'back after 15000']);
  });
});
