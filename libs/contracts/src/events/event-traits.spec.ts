import { describe, expect, it } from 'vitest';
import { EVENT_TRAITS, raisesRevision } from './event-traits.ts';
import { STORED_SCHEMAS } from './event-types.ts';

describe('the traits of events', () => {
  it('are given for every type that has a schema, and for no other', () => {
    expect(Object.keys(EVENT_TRAITS).toSorted()).toEqual(Object.keys(STORED_SCHEMAS).toSorted());
  });

  it('let all but a look raise the revision, a type of a newer release included', () => {
    const quiet = Object.keys(EVENT_TRAITS).filter((type) => !raisesRevision({ type }));
    expect(quiet).toEqual(['SecretRead']);
    expect(raisesRevision({ type: 'SomethingNew' })).toBe(true);
    expect(raisesRevision({ type: 'toString' })).toBe(true);
  });
});
