import type { OperationText } from './text.types.ts';

export const JOB_TEXTS = {
  importDevices: {
    tag: 'Imports',
    summary: 'Register the devices of a file',
    description:
      'Takes CSV with a header of any of productKey, deviceKey, deviceId, deviceSecret, name and tags.<name>, or lines of JSON with the fields of POST /devices. The body has no limit, a line 65,536 bytes; it is read at the pace of the work, and a body of which nothing comes for 60 s is given up. The answer comes when it has been read to its end, and all its rows are decided. A row that is refused stops no other. A header with an unknown column, one column twice, or a product key neither in the header nor in the query is refused at once. Under an Idempotency-Key an upload that broke off goes on where it stopped: send the same body again, from its start.',
  },
  getJob: {
    tag: 'Imports',
    summary: 'Get an import',
    description:
      'How far it is. `rows` are those that are decided; a job whose upload broke off has failed, and what it had accepted stays. Jobs are kept for 30 days.',
  },
  listJobRows: {
    tag: 'Imports',
    summary: 'List the rows of an import',
    description:
      'In the order of the file; `row` counts from 1, without the header of a CSV. A refused row tells the code of the problem and which column it is about. After an undo a row is undone, or kept where its device was activated.',
  },
  readJobSecrets: {
    tag: 'Imports',
    summary: 'Download the secrets that an import made',
    description:
      'For each device whose secret the platform made: deviceKey, deviceId, deviceSecret. They are given out once. A download that broke off may be repeated; after a whole one the answer is 404. The call is audited.',
  },
  undoJob: {
    tag: 'Imports',
    summary: 'Undo an import',
    description:
      'Deletes each device of the import that was not activated; what was activated is kept. It goes on by itself, also after a restart: the answer waits at most 10 s for its end, and the job is `running` until then. An upload that still runs is ended by it.',
  },
} as const satisfies Readonly<Record<string, OperationText>>;
