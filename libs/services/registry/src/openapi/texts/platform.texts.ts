import type { OperationText } from './text.types.ts';

export const PLATFORM_TEXTS = {
  getTimeline: {
    tag: 'History',
    summary: 'What happened to a device',
    description:
      'The events of the device and of its presence, with who caused them: the newest 1,000 of its stream, the newest 100 at least of its presence; with `clientId`, those of one unit among them. `position` is null for presence, which stands in no stream.',
  },
  explainDevice: {
    tag: 'History',
    summary: 'Why a device was let in or refused',
    description:
      'The decisions of the gateways on this device, newest first, each with its reason and the unit that was named. Repeated refusals are counted in one entry. `clientId` shows those of one unit.',
  },
  listSessions: {
    tag: 'History',
    summary: 'List the sessions of a device',
    description:
      'The last 100 sessions, newest first, live and closed, with why they closed; with `clientId`, those of one unit.',
  },
  endSession: {
    tag: 'History',
    summary: 'End a session',
    description:
      'Cuts one live session. The device may connect again at once: disable it to keep it out.',
  },
  getEffects: {
    tag: 'Effects',
    summary: 'How far a write has come',
    description:
      'Which gateways have applied the position that a write answered with, and how many sessions they cut for it. With `wait` the answer comes when all that hold a lease have applied it, or when the time is up; one that is gone shows `fencesAt`, from when it lets nobody in.',
  },
  listGateways: {
    tag: 'Effects',
    summary: 'List the gateways',
    description:
      'Every gateway that reported within a day: its lease, the positions it has applied, and how old what it knows may be.',
  },
  retireGateway: {
    tag: 'Effects',
    summary: 'Retire a gateway that is gone for good',
    description:
      'A gateway whose lease has ended counts no more in effects and is not listed any longer, for every registry and over restarts. One that reports again is back. While it holds its lease it is 409 gateway-alive.',
  },
  getStore: {
    tag: 'Platform',
    summary: 'What the event store is, and whether it is whole',
    description:
      'State lost-tail: the store ends before what the bus was told of, or another event stands there, as after a restore or a fail-over. `detail` says what was found, and the lost positions that Kafka still shows as restrictions. Writes are refused until it is adopted.',
  },
  adoptStore: {
    tag: 'Platform',
    summary: 'Go on with a store that has lost its tail',
    description:
      'Raises the incarnation, gives the next position above all that the bus was told of, and tells everything anew. A disabling that was lost is undone by it: `detail` lists what to do again.',
  },
  listViews: {
    tag: 'Platform',
    summary: 'List the views of the log',
    description:
      'Which tables are folded from the log, of which version, how far each has come, and how many rows it has.',
  },
  verifyViews: {
    tag: 'Platform',
    summary: 'Compare the views with the log',
    description:
      'Builds every view anew beside the one that is asked, and compares the two while both go on. Nothing is stopped. One comparison or rebuild runs at a time: a second call answers with its id.',
  },
  getViewCheck: {
    tag: 'Platform',
    summary: 'How far a comparison or a rebuild has come',
    description:
      'Any registry answers. `difference` names the first row and field in which a view says something else than the log; `inView` and `inLog` are null where there is no such row. One whose registry has ended is failed.',
  },
  rebuildView: {
    tag: 'Platform',
    summary: 'Build a view anew',
    description:
      'The old rows answer until the new ones are whole; then they are switched in one transaction. One comparison or rebuild runs at a time: a second call answers with its id.',
  },
  streamEvents: {
    tag: 'Effects',
    summary: 'Follow the events as they happen',
    description:
      'Server-sent events, one CloudEvent in structured JSON each, for as long as the connection holds. A client that comes back with Last-Event-ID goes on where it was. A line that begins with a colon only shows that the stream is alive.',
  },
  getHealth: {
    tag: 'Platform',
    summary: 'Is the process alive',
    description: 'Answers 200 as long as the process serves HTTP, whatever it waits for.',
  },
  getReadiness: {
    tag: 'Platform',
    summary: 'Is the service ready',
    description:
      'Answers 200 when the service can do its work, else 503; each check says what it waits for.',
  },
  getMetrics: {
    tag: 'Platform',
    summary: 'Metrics for Prometheus',
    description:
      'The text format of Prometheus, version 0.0.4. Names begin with tallystick_, process_ or nodejs_.',
  },
  getOpenApi: {
    tag: 'Platform',
    summary: 'This document',
    description:
      'The OpenAPI 3.1 description of the operators API, made of the schemas that check the requests.',
  },
  getAsyncApi: {
    tag: 'Platform',
    summary: 'The description of the topics',
    description:
      'The AsyncAPI 3.0 description of the Kafka topics that other applications may read.',
  },
  getDocs: {
    tag: 'Platform',
    summary: 'This document, to be read and tried',
    description:
      'A page that shows openapi.json and sends requests from the browser. It loads nothing from elsewhere.',
  },
  getDocsFile: {
    tag: 'Platform',
    summary: 'A file of the page at /docs',
    description: 'The style and the scripts of the page at /docs.',
  },
} as const satisfies Readonly<Record<string, OperationText>>;
