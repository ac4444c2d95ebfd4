const HOUR = /^(\d{4})(\d{2})(\d{2})(\d{2})$/;
const HOUR_MS = 3_600_000;

/** Epoch milliseconds: the first of the hour, and the first after it. */
export interface HourRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** `YYYYMMDDHH`, in UTC; null where there is no such hour. */
export function parseHour(text: string): HourRange | null {
  const [, year = '', month = '', day = '', hour = ''] = HOUR.exec(text) ?? [];
  if (year === '') return null;
  const fromMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour));
  // A thirteenth month would run over into the next year.
  return toHour(fromMs) === text ? { fromMs, toMs: fromMs + HOUR_MS } : null;
}

/** The hour that holds this moment (epoch milliseconds). */
export function toHour(ms: number): string {
  return new Date(ms).toISOString().slice(0, 13).replace(/[-T]/g, '');
}

/**
 * Whether a clock that shows `nowMs` is in that hour, or at most an hour away from it: devices'
 * clocks are off, and the hour turns while a packet is under way.
 */
export function isHourNow(hour: string, nowMs: number): boolean {
  const range = parseHour(hour);
  return range !== null && nowMs >= range.fromMs - HOUR_MS && nowMs < range.toMs + HOUR_MS;
}
