// The floor under a registration: a bare Fastify that validates the same body, writes one row
// durably and answers.
import { randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';
import fastify from 'fastify';
import { answerQuestions } from '../parts/answer.ts';

interface Floor {
  readonly file: string;
}

interface Registration {
  readonly productKey: string;
  readonly deviceKey: string;
}

const BODY = {
  type: 'object',
  required: ['productKey', 'deviceKey'],
  additionalProperties: false,
  properties: {
    productKey: { type: 'string', pattern: '^[A-Za-z0-9_]{1,32}$' },
    deviceKey: { type: 'string', pattern: '^[A-Za-z0-9._:@-]{1,128}$' },
  },
};

interface Waiting {
  readonly row: string;
  readonly done: (position: number) => void;
}

/** Rows asked for in one turn of the event loop share a commit, and its wait for the disk. */
function openGroupCommit(file: string): (row: string) => Promise<number> {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, data TEXT NOT NULL)');
  const insert = db.prepare<[string]>('INSERT INTO events (data) VALUES (?)');
  const commit = db.transaction((group: readonly Waiting[]) =>
    group.map(({ row }) => Number(insert.run(row).lastInsertRowid)),
  );
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const group = waiting;
    waiting = [];
    const positions = commit(group);
    group.forEach(({ done }, index) => done(positions[index] ?? 0));
  };
  return (row) =>
    new Promise((done) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ row, done });
    });
}

async function serve({ file }: Floor): Promise<number> {
  const append = openGroupCommit(file);
  const app = fastify();
  app.post<{ Body: Registration }>(
    '/devices',
    { schema: { body: BODY } },
    async ({ body }, reply) => {
      const { productKey, deviceKey } = body;
      const device = {
        ...{ deviceId: randomBytes(16).toString('hex'), productKey, deviceKey, generation: 1 },
        ...{ name: null, tags: {}, status: 'inactive', registeredAt: new Date().toISOString() },
        deviceSecret: randomBytes(16).toString('hex'),
      };
      const position = await append(JSON.stringify(device));
      return reply.code(201).header('tallystick-position', position).send(device);
    },
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

answerQuestions(serve);
