// The floor under an import: the same rows (an event, a sealed secret) into the same tables of the
// same database, a thousand to a commit. Nothing is parsed, decided, sealed or checked.
import { createEventStore } from '@tallystick/event-store';
import type { SqlSession, SqlValue } from '@tallystick/ports';
import { answerQuestions } from '../parts/answer.ts';
import type { BareInserts } from './bare-inserts.types.ts';

const CHUNK = 1_000;
const STATEMENT = 100;
const EVENT = `INSERT INTO events (position, stream, revision, id, type, schema_version, time, data,
  meta) VALUES `;
const SECRET = `INSERT INTO secrets (secret_id, owner, sealed, wrapped_data_key, key_id,
  for_gateways, created_at) VALUES `;
const valuesOf = (columns: number): string =>
  Array.from({ length: STATEMENT }, () => `(${Array(columns).fill('?').join(',')})`).join(',');
const INSERTS = { event: EVENT + valuesOf(9), secret: SECRET + valuesOf(7) };

const ID = '0199f7c1-8a52-7c3e-9b1d-';
const meta = JSON.stringify({
  ...{ tenant: 'default', subject: 'dv_01jd7h0q9v8t6m3k2n4p5r7s8w', actor: 'token:admin' },
  ...{ correlationId: `${ID}2f4a6c8e0b06`, causationId: `${ID}2f4a6c8e0b07` },
});
const sealed = new Uint8Array(50).fill(7);
const wrapped = new Uint8Array(60).fill(7);
const forGateways = `1.0123456789abcdef|1|1|${'A'.repeat(68)}`;

function dataOf(deviceKey: string, at: number): string {
  return JSON.stringify({
    ...{ productKey: 'bench_import', deviceKey, deviceId: 'dv_01jd7h0q9v8t6m3k2n4p5r7s8w' },
    ...{ origin: 'import', registrationTimeoutSeconds: null, name: `Meter ${at}` },
    ...{ tags: { line: `line-${at % 7}` }, secretOrigin: 'allocated' },
    ...{ secretId: `${ID}2f4a6c8e0b08`, generation: 1, secretVersion: 1 },
  });
}

async function insertChunk(session: SqlSession, from: number): Promise<void> {
  const now = Date.now();
  for (let at = from; at < from + CHUNK; at += STATEMENT) {
    const events: SqlValue[] = [];
    const secrets: SqlValue[] = [];
    for (let row = at; row < at + STATEMENT; row += 1) {
      const key = `floor-${String(row).padStart(9, '0')}`;
      const stream = `device/default/bench_import/${key}`;
      const id = ID + row.toString(16).padStart(12, '0');
      events.push(row + 1, stream, 1, id, 'DeviceRegistered', 1, now, dataOf(key, row), meta);
      secrets.push(id, stream, sealed, wrapped, 'k1', forGateways, now);
    }
    await session.run(INSERTS.secret, secrets);
    await session.run(INSERTS.event, events);
  }
}

/** Rows a second. */
async function insert({ file, databaseUrl, count }: BareInserts): Promise<number> {
  const url = file === null ? databaseUrl : null;
  const { db, close } = await createEventStore({ databaseUrl: url, file: file ?? '' });
  const start = performance.now();
  for (let from = 0; from < count; from += CHUNK)
    await db.write((session) => insertChunk(session, from));
  const seconds = (performance.now() - start) / 1000;
  await close();
  return count / seconds;
}

answerQuestions(insert);
