import type { SqlDatabase } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { openedOnce, type Opened } from './opened.ts';

/** What every SQL database beside the store must do (ports: sql). */
export function sqlDatabaseConformance(
  name: string,
  open: () => Promise<Opened<SqlDatabase>>,
): void {
  describe(`${name} as the database beside the store`, () => {
    const db = openedOnce(open);
    const table = async (of: string): Promise<void> => {
      await db().write((session) =>
        session.run(`CREATE TABLE ${of} (id BIGINT PRIMARY KEY, note TEXT)`),
      );
    };
    const notesOf = async (of: string): Promise<readonly unknown[]> => {
      const rows = await db().read((session) =>
        session.all(`SELECT note FROM ${of} ORDER BY note`),
      );
      return rows.map((row) => row['note']);
    };

    it('says how many rows a statement has changed', async () => {
      await table('counted');
      const insert = 'INSERT INTO counted VALUES (?, ?), (?, ?) ON CONFLICT (id) DO NOTHING';
      expect(await db().write((session) => session.run(insert, [1, 'a', 2, 'b']))).toBe(2);
      expect(await db().write((session) => session.run(insert, [2, 'b', 3, null]))).toBe(1);
      expect(await notesOf('counted')).toHaveLength(3);
    });

    it('answers with what a work returns, and lets it read what it wrote', async () => {
      await table('returned');
      const seen = await db().write(async (session) => {
        await session.run('INSERT INTO returned VALUES (?, ?)', [1, 'own']);
        return session.all('SELECT note FROM returned WHERE id = ?', [1]);
      });
      expect(seen).toEqual([{ note: 'own' }]);
    });

    it('undoes a work that throws, passes its error through, and undoes none of its neighbours', async () => {
      await table('notes');
      const mind = new Error('changed my mind');
      const insert = 'INSERT INTO notes VALUES (?, ?)';
      const works = await Promise.allSettled([
        db().write((session) => session.run(insert, [1, 'first'])),
        db().write(async (session) => {
          await session.run(insert, [2, 'undone']);
          throw mind;
        }),
        db().write((session) => session.run(insert, [3, 'third'])),
      ]);
      expect(works.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(works[1]).toMatchObject({ reason: mind });
      expect(await notesOf('notes')).toEqual(['first', 'third']);
    });

    it('reads one snapshot, whatever is written meanwhile', async () => {
      await table('snapshot');
      const counted = await db().read(async (session) => {
        const before = await session.all('SELECT id FROM snapshot');
        const writing = db().write((other) =>
          other.run('INSERT INTO snapshot VALUES (?, ?)', [1, 'late']),
        );
        const after = await session.all('SELECT id FROM snapshot');
        return { before: before.length, after: after.length, writing };
      });
      await counted.writing;
      expect([counted.before, counted.after]).toEqual([0, 0]);
      expect(await notesOf('snapshot')).toEqual(['late']);
    });

    it('is closed to all that comes after a close', async () => {
      const another = await open();
      await another.it.close();
      const refused = { code: 'closed', retriable: false };
      await expect(another.it.read((s) => s.all('SELECT 1'))).rejects.toMatchObject(refused);
      await expect(another.it.write((s) => s.all('SELECT 1'))).rejects.toMatchObject(refused);
      await another.close();
    });
  });
}
