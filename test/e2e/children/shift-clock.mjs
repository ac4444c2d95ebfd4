// Preloaded into an app (NODE_OPTIONS=--import): its wall clock is off by SHIFT_CLOCK_MS, as a
// machine's may be. Timers and monotonic time stay right.
const shiftMs = Number(process.env.SHIFT_CLOCK_MS ?? 0);
const RealDate = Date;

class ShiftedDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + shiftMs);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
}

globalThis.Date = ShiftedDate;
