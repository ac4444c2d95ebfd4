import { expect, it } from 'vitest';
import { createPlaces } from './places.ts';

it('given all places of one tenant, then another finds one, until all are taken', () => {
  const places = createPlaces({ most: 3, mostOfOneTenant: 2, of: 'imports' });
  const [leave] = [places.take('north'), places.take('north')];
  expect(() => places.take('north')).toThrow(/at most 3 imports at a time, and 2 of one tenant/);
  const leaveSouth = places.take('south');
  expect(() => places.take('west')).toThrow(/at most 3 imports/);
  leave();
  places.take('west');
  leaveSouth();
  places.take('north');
});

it('given a place that is given back twice, then it is one place', () => {
  const places = createPlaces({ most: 2, mostOfOneTenant: 2, of: 'imports' });
  const leave = places.take('north');
  places.take('north');
  leave();
  leave();
  places.take('north');
  expect(() => places.take('north')).toThrow();
});
