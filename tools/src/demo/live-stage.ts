import { setTimeout as delay } from 'node:timers/promises';
import { Ght, loadGhtFile } from '@pfi/platform-settings';
import type { Stack } from '../stack/stack.js';
import { MllpDoors, PlatformApi, senderOf, Simulator } from './player/index.js';
import type { Fault, RestDeposit, Sender } from './player/index.js';
import type { Channel, Stage } from './stories/stage.js';

const WAIT_MS = 60_000;

/** A running platform as the stories see it: its public doors. */
export class LiveStage implements Stage {
  readonly api: PlatformApi;
  readonly simulator: Simulator;
  readonly #ght: Ght;
  readonly #doors: MllpDoors;

  constructor(stack: Stack) {
    const { ghtFile } = stack.surroundings;
    this.api = new PlatformApi(stack.ports, stack.machineClient);
    this.simulator = new Simulator(stack.ports.simAdmin);
    this.#ght = new Ght(loadGhtFile(ghtFile, stack.env('documents')));
    this.#doors = new MllpDoors(stack.ports);
  }

  sender(key: string): Sender {
    return senderOf(this.#ght, key);
  }

  identity(message: Buffer): Promise<void> {
    return acknowledged(() => this.#doors.identity(message));
  }

  document(message: Buffer): Promise<void> {
    return acknowledged(() => this.#doors.document(message));
  }

  async deposit({ metadata, file, idempotencyKey }: RestDeposit): Promise<string> {
    const answer = await this.api.deposit(metadata, file, idempotencyKey);
    if (answer.status === 202) return answer.body.id;
    throw new Error(`le dépôt REST a reçu la réponse ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  async fault(fault: Fault): Promise<void> {
    await this.simulator.fault(fault);
  }

  async closeMailbox(address: string): Promise<void> {
    await this.simulator.setMailbox(address, 'closed');
  }

  async readMail(recipient: string): Promise<void> {
    const mail = (await this.simulator.mails({ recipient })).at(-1);
    if (!mail) throw new Error('le simulateur n’a reçu aucun courriel pour ce destinataire');
    await this.simulator.readMail(mail.id);
  }

  async seen(controlId: string, states: Partial<Record<Channel, string>>): Promise<void> {
    await until(`les envois passent à ${JSON.stringify(states)}`, async () => {
      const [document] = await this.api.documents({ controlId });
      return Object.entries(states).every(([channel, state]) =>
        document?.deliveries.some((delivery) => delivery.channel === channel && delivery.state === state),
      );
    });
  }

  close(): Promise<void> {
    return this.#doors.close();
  }
}

/** Asks again until it holds. @throws Error when it still does not, after a minute by default */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  everyMs = 150,
  withinMs = WAIT_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`toujours pas après ${withinMs / 1000} s : ${what}`);
    await delay(everyMs);
  }
}

async function acknowledged(
  send: () => Promise<{ readonly code: string; readonly error?: { readonly code: string; readonly textFr: string } }>,
): Promise<void> {
  const { code, error } = await send();
  if (code !== 'AA') throw new Error(`message refusé : ${code} ${error?.code ?? ''} ${error?.textFr ?? ''}`);
}
