import { toDeviceEvent } from '@tallystick/contracts';
import {
  decideDevice,
  endsLife,
  findUnfit,
  initialProduct,
  type DeviceCommand,
  type DeviceContext,
  type DeviceState,
  type ProductState,
} from '@tallystick/domain';
import { PortError } from '@tallystick/kernel';
import type { StoredEvent } from '@tallystick/ports';
import { dialectOf } from '../handlers/device-use-case.ts';
import { isHeldByOther, type HeldName } from '../handlers/held-names.ts';
import type { Grant, QuotaExceeded } from '../handlers/quota.types.ts';
import { toHolder } from '../handlers/reservation.ts';
import { isCandidate, type Candidate, type RowOfChunk } from './candidate.ts';
import { rowOfEventId } from './event-ids.ts';
import type { PlannedRow, RefusedRow } from './planned-row.types.ts';

/** What a chunk is decided on. */
export interface ChunkFacts {
  readonly tenant: string;
  /** The cause of every event of this import. */
  readonly jobId: string;
  /** As they were last known; the append checks their revisions. */
  readonly products: ReadonlyMap<string, ProductState>;
  /** The last events of streams that are known to exist; the append finds out which others do. */
  readonly ends: ReadonlyMap<string, StoredEvent>;
  /** Rows of this file that bear a name first, where no stream says it: by the stream's name. */
  readonly firstRows: ReadonlyMap<string, number>;
  readonly context: Omit<DeviceContext, 'product'>;
  /** How many rows of a product have a place; a product that is not named: all. */
  readonly places: ReadonlyMap<string, Pick<Grant, 'granted' | 'refusal'>>;
  /** Where the secret of a row will rest. */
  readonly secretIdOf: (row: number) => string;
}

type Registration = Extract<DeviceCommand, { type: 'RegisterDevice' }>;

export function toCommand(
  { input, deviceKey, deviceId }: Pick<Candidate, 'input' | 'deviceKey' | 'deviceId'>,
  secretId: string,
): Registration {
  const { productKey, name, tags, deviceSecret } = input;
  return {
    type: 'RegisterDevice',
    ...{ productKey, deviceKey, deviceId, origin: 'import' },
    secret: { secretOrigin: deviceSecret === null ? 'allocated' : 'given', secretId },
    ...{ registrationTimeoutSeconds: null, name, tags },
  };
}

/** Where a stream stands by its last event. */
interface Standing {
  readonly living: boolean;
  readonly generation: number;
  readonly revision: number;
}

const UNWRITTEN: Standing = { living: false, generation: 0, revision: 0 };

function standingOf(end: StoredEvent | undefined): Standing {
  if (end === undefined) return UNWRITTEN;
  const event = toDeviceEvent(end);
  if (event === null)
    throw new PortError('corrupt', `${end.type} at ${end.position} is not known here`);
  const { generation } = event.data;
  return { living: !endsLife(event), generation, revision: end.revision };
}

/** What the product's dialect does not take. */
function unfitOf({ input, deviceKey }: Candidate, product: ProductState) {
  const { productKey, deviceId, deviceSecret } = input;
  const given = { productKey, deviceKey, deviceId: deviceId ?? undefined };
  const unfit = findUnfit(dialectOf(product), {
    ...{ ...given, deviceSecret: deviceSecret ?? undefined },
  });
  return unfit === null ? null : (['invalid-field', `${unfit.path}: ${unfit.message}`] as const);
}

const refused = (code: RefusedRow['code'], detail: string, deviceKey: string): RefusedRow => ({
  state: 'refused',
  code,
  detail,
  deviceKey,
});

const WORDS = { deviceKey: 'the key', deviceId: 'the id' } as const;

function takenBy(column: 'deviceKey' | 'deviceId', row: number | null): string {
  return row === null
    ? `${column}: another device has ${WORDS[column]}`
    : `${column}: row ${row} of this file has ${WORDS[column]}`;
}

/** Decides row after row: what one takes, no later one gets. */
class ChunkDecider {
  readonly #facts: ChunkFacts;
  /** Streams that rows of this chunk write, and the row. */
  readonly #taken = new Map<string, number>();
  /** Places in use, by product. */
  readonly #used = new Map<string, number>();

  constructor(facts: ChunkFacts) {
    this.#facts = facts;
  }

  decide({ row, read }: RowOfChunk): PlannedRow {
    if (!isCandidate(read)) return refused(read.code, read.detail, read.deviceKey);
    const device = this.#facts.ends.get(read.stream);
    const standing = standingOf(device);
    const secretId = this.#facts.secretIdOf(row);
    const refusal =
      this.#refusalOf(read, secretId, standing) ??
      this.#takenBefore(read.stream, row, 'deviceKey', standing.living ? device : undefined);
    if (refusal !== null) {
      const [code, detail] = refusal;
      return refused(code, detail, read.deviceKey);
    }
    return this.#reserve(read, secretId, standing);
  }

  /** By the product and the state of the key. */
  #refusalOf(candidate: Candidate, secretId: string, { living, generation }: Standing) {
    const { tenant, products, context } = this.#facts;
    const { productKey } = candidate.input;
    const product = products.get(productKey) ?? initialProduct;
    const state: DeviceState = { status: 'absent', tenant, generation };
    const command = toCommand(candidate, secretId);
    const decision = decideDevice(command, state, { ...context, product });
    if (decision.ok) return unfitOf(candidate, product);
    const { code } = decision.error;
    if (code !== 'product-unknown' && !living) throw new Error(`a new device is refused: ${code}`);
    return ['product-unknown', `productKey: there is no product ${productKey}`] as const;
  }

  #takenBefore(
    stream: string,
    row: number,
    column: HeldName['field'],
    end: StoredEvent | undefined,
  ) {
    const code = column === 'deviceKey' ? 'device-key-taken' : 'device-id-taken';
    const first = this.#taken.get(stream) ?? this.#facts.firstRows.get(stream) ?? row;
    if (first < row) return [code, takenBy(column, first)] as const;
    if (end === undefined) return null;
    return [code, takenBy(column, this.#rowOf(end))] as const;
  }

  /** The row of this file that made the event; null: it is another's. */
  #rowOf({ id, meta, type }: StoredEvent): number | null {
    const first = type === 'DeviceRegistered' || type.endsWith('Reserved');
    return first && meta.causationId === this.#facts.jobId ? rowOfEventId(id) : null;
  }

  /** Why there is none; null: it is taken. */
  #takePlace(productKey: string): QuotaExceeded | null {
    const places = this.#facts.places.get(productKey);
    const used = this.#used.get(productKey) ?? 0;
    if (places !== undefined && places.refusal !== null && used >= places.granted)
      return places.refusal;
    this.#used.set(productKey, used + 1);
    return null;
  }

  #reserve(candidate: Candidate, secretId: string, standing: Standing): PlannedRow {
    const { row, input, deviceKey, deviceId, stream, names: held } = candidate;
    const reserved: number[] = [];
    for (const { stream: name, field } of held) {
      const end = this.#facts.ends.get(name);
      const holder = end === undefined ? null : (toHolder(end)?.holder ?? null);
      const other = isHeldByOther(holder, { productKey: input.productKey, deviceKey });
      const refusal = this.#takenBefore(name, row, field, other ? end : undefined);
      if (refusal !== null) return refused(refusal[0], refusal[1], deviceKey);
      reserved.push(end?.revision ?? 0);
    }
    const full = this.#takePlace(input.productKey);
    if (full !== null) return refused(full.code, full.detail, deviceKey);
    for (const name of [stream, ...held.map((one) => one.stream)]) this.#taken.set(name, row);
    const { generation, revision } = standing;
    const names = { productKey: input.productKey, deviceKey, deviceId, secretId };
    const allocatedSecret = input.deviceSecret === null;
    return {
      ...{ state: 'accepted', ...names, allocatedSecret },
      ...{ generation: generation + 1, revision, reserved },
    };
  }
}

export function decideChunk(rows: readonly RowOfChunk[], facts: ChunkFacts): readonly PlannedRow[] {
  const decider = new ChunkDecider(facts);
  return rows.map((row) => decider.decide(row));
}
