import { describe, expect, it } from 'vitest';
import { StartBounds } from './start-bounds.ts';
import type { Bounds } from './topic-admin.ts';

const ends: Bounds = { topic: 'moves', partition: 0, low: 3, high: 9 };

function adminThat(answers: () => Promise<Bounds[]>) {
  const asked: (readonly string[])[] = [];
  return {
    asked,
    bounds: (topics: readonly string[]): Promise<Bounds[]> => {
      asked.push(topics);
      return answers();
    },
  };
}

describe('the bounds of what a reader begins with', () => {
  it('are given once after they were foreseen: a later join finds them too old', async () => {
    // Given
    const bounds = new StartBounds(
      adminThat(async () => [ends]),
      { topics: ['moves'], from: 'own' },
    );
    // When
    await bounds.foresee();
    // Then
    expect([await bounds.take(), await bounds.take()]).toEqual([[ends], null]);
  });

  it.each(['latest', 'committed'] as const)(
    'are not foreseen for a reader from %s, which begins at its join',
    async (from) => {
      // Given
      const admin = adminThat(async () => [ends]);
      const bounds = new StartBounds(admin, { topics: ['moves'], from });
      // When
      await bounds.foresee();
      // Then
      expect([await bounds.take(), admin.asked]).toEqual([null, []]);
    },
  );

  it('are nothing when the broker refuses to tell them', async () => {
    // Given
    const bounds = new StartBounds(
      adminThat(async () => Promise.reject(new Error('away'))),
      { topics: ['moves'], from: 'earliest' },
    );
    // When
    await bounds.foresee();
    // Then
    expect(await bounds.take()).toBeNull();
  });

  it('are not waited for where the broker never answers', async () => {
    // Given
    const bounds = new StartBounds(
      adminThat(() => new Promise(() => {})),
      { topics: ['moves'], from: 'earliest' },
    );
    // When
    await bounds.foresee();
    // Then
    expect(await bounds.take()).toBeNull();
  });
});
