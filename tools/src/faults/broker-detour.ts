import { Socket } from 'node:net';

/** Preload (`NODE_OPTIONS=--import`) of one process under test: what it would connect to the broker goes over another local port. */
const broker = Number(process.env['PFI_FAULT_BROKER_PORT']);
const detour = Number(process.env['PFI_FAULT_BROKER_DETOUR']);

const straight = Reflect.get(Socket.prototype, 'connect') as (...given: unknown[]) => Socket;

Socket.prototype.connect = function (this: Socket, ...given: unknown[]): Socket {
  // `net.connect` hands its options over in a list
  const [first] = given.flat();
  if (typeof first === 'object' && first !== null && Number(Reflect.get(first, 'port')) === broker)
    Reflect.set(first, 'port', detour);
  return straight.apply(this, given);
} as typeof Socket.prototype.connect;
