/**
 * Preload (`NODE_OPTIONS=--import`) of one process under test: its wall clock is off by `PFI_FAULT_CLOCK_SHIFT_MS`, from the start unless
 * `PFI_FAULT_CLOCK_RIGHT_FIRST` is set; SIGUSR2 makes it jump there or back. The monotonic clock, and with it every timer, stays right.
 */
const shift = Number(process.env['PFI_FAULT_CLOCK_SHIFT_MS'] ?? 0);
let off = process.env['PFI_FAULT_CLOCK_RIGHT_FIRST'] ? 0 : shift;
const RightDate = Date;

process.on('SIGUSR2', () => {
  off = off === 0 ? shift : 0;
});

globalThis.Date = new Proxy(RightDate, {
  construct: (target, args: [], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + off] : args, newTarget) as Date,
  apply: (target) => new target(target.now() + off).toString(),
  get: (target, name) => (name === 'now' ? () => RightDate.now() + off : (Reflect.get(target, name) as unknown)),
});
