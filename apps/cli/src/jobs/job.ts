import { isJsonObject, type JsonObject } from '@tallystick/kernel';
import { grouped } from '../output.ts';

/** What is known of a job; `body` is what the API says. */
export interface Job {
  readonly jobId: string;
  readonly state: string;
  readonly accepted: number;
  readonly refused: number;
  readonly body: JsonObject;
}

const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

export function toJob(body: unknown): Job {
  const of: JsonObject = isJsonObject(body) ? body : {};
  return {
    jobId: String(of['jobId'] ?? ''),
    state: String(of['state'] ?? ''),
    accepted: count(of['accepted']),
    refused: count(of['refused']),
    body: of,
  };
}

export const jobPath = (jobId: string): string => `/jobs/${encodeURIComponent(jobId)}`;

/** `running  12,000 rows  11,990 accepted  10 refused` */
export function jobLine(body: JsonObject): string {
  const figures = ['rows', 'accepted', 'refused'].map(
    (name) => `${grouped(count(body[name]))} ${name}`,
  );
  return [String(body['state']), ...figures].join('  ');
}
