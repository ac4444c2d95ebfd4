import { describe, expect, it } from 'vitest';
import { isTopicFilter, isTopicName, matchesFilter } from './topics.ts';

describe('topics and filters (4.7)', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a', false],
    ['a/+', 'a/', true],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'ab', false],
    ['+/+', '/finance', true],
    ['+', '/finance', false],
    ['#', 'a/b', true],
    ['#', '$own/x', false],
    ['+/x', '$own/x', false],
    ['$own/+', '$own/x', true],
    ['a/+/c', 'a/b/d', false],
  ])('%s selects %s: %s', (filter, topic, expected) => {
    expect(matchesFilter(filter, topic)).toBe(expected);
  });

  it('knows names from filters', () => {
    expect(['a', '/', ' ', 'a//b'].every(isTopicName)).toBe(true);
    expect(['', 'a/+', '#', 'a#', '/'.repeat(100)].some(isTopicName)).toBe(false);
    expect(['#', '+', '+/#', 'a/+/b', '/+'].every(isTopicFilter)).toBe(true);
    expect(['', 'a#', '#/a', 'a+', '+a/b', '/'.repeat(100)].some(isTopicFilter)).toBe(false);
  });
});
