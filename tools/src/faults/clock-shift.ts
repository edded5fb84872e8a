/**
 * Preload (`NODE_OPTIONS=--import`) of one process under test: its wall clock is off by `PFI_FAULT_CLOCK_SHIFT_MS`. The monotonic clock, and
 * with it every timer, stays right.
 */
const shift = Number(process.env['PFI_FAULT_CLOCK_SHIFT_MS'] ?? 0);
const RightDate = Date;

globalThis.Date = new Proxy(RightDate, {
  construct: (target, args: [], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + shift] : args, newTarget) as Date,
  apply: (target) => new target(target.now() + shift).toString(),
  get: (target, name) => (name === 'now' ? () => RightDate.now() + shift : (Reflect.get(target, name) as unknown)),
});
