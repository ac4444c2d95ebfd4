// Sends a file as fast as the registry takes it, from a process of its own.
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { answerQuestions } from '../parts/answer.ts';
import type { Upload, Uploaded } from './upload.types.ts';

const PIECE = 65_536;

function* piecesOf({ prefix, count }: Upload): Generator<string> {
  let piece = 'deviceKey,name,tags.line\n';
  for (let at = 0; at < count; at += 1) {
    piece += `${prefix}-${String(at).padStart(9, '0')},Meter ${at},line-${at % 7}\n`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

async function upload(asked: Upload): Promise<Uploaded> {
  const start = performance.now();
  const made = request({
    ...{ host: '127.0.0.1', port: asked.port, method: 'POST' },
    path: `/api/v1/devices/import?productKey=${asked.productKey}`,
    headers: { authorization: `Bearer ${asked.token}`, 'content-type': 'text/csv' },
  });
  const answered = once(made, 'response') as Promise<[IncomingMessage]>;
  for (const piece of piecesOf(asked)) if (!made.write(piece)) await once(made, 'drain');
  made.end();
  const [response] = await answered;
  const body = await text(response);
  if (response.statusCode !== 202) throw new Error(`not imported: ${body}`);
  const seconds = (performance.now() - start) / 1000;
  const { jobId } = JSON.parse(body) as { jobId: string };
  return { seconds, jobId, position: Number(response.headers['tallystick-position']) };
}

answerQuestions(upload);
