import { eventually } from '@pfi/platform-testing';
import type { ReceivedSpan } from '@pfi/platform-testing';
import { Ght, loadGhtFile } from '@pfi/platform-settings';
import { adt, MllpDoors, PlatformApi, senderOf, Simulator } from '@pfi/tools';
import type { AdtOptions, DeliveryView, DocumentView, Sender, SentDocument, SyntheticPatient } from '@pfi/tools';
import { ADDRESS_VARIABLE } from './platform-address.js';
import type { PlatformAddress } from './platform-address.js';

/** The platform under test, seen from outside: its doors, its REST interface, the simulators around it. */
export class Platform {
  readonly address: PlatformAddress;
  readonly api: PlatformApi;
  readonly simulator: Simulator;
  readonly #ght: Ght;
  readonly #doors: MllpDoors[] = [];
  #firstDoors: MllpDoors | undefined;

  constructor(address: PlatformAddress = addressOfThisRun()) {
    this.address = address;
    this.api = new PlatformApi(address.ports, { id: 'pfi-demo', secret: 'pfi-demo' });
    this.simulator = new Simulator(address.ports.simAdmin);
    this.#ght = new Ght(loadGhtFile(address.ghtFile, {}));
  }

  sender(key: string): Sender {
    return senderOf(this.#ght, key);
  }

  /** The same interface under another machine client. */
  apiAs(client: { readonly id: string; readonly secret: string }): PlatformApi {
    return new PlatformApi(this.address.ports, client);
  }

  /** One connection to each MLLP door, shared by the journeys of a file. */
  get doors(): MllpDoors {
    this.#firstDoors ??= this.moreDoors();
    return this.#firstDoors;
  }

  /** Further connections, as another application would open. */
  moreDoors(): MllpDoors {
    const doors = new MllpDoors(this.address.ports);
    this.#doors.push(doors);
    return doors;
  }

  /** Sends an ADT and demands its `AA`. */
  async tellIdentity(
    source: string,
    event: string,
    patient: SyntheticPatient,
    status: 'provisoire' | 'validee' | 'qualifiee',
    options: AdtOptions = {},
  ): Promise<void> {
    const { message } = adt(this.sender(source), event, patient, status, options);
    const ack = await this.doors.identity(message);
    if (ack.code !== 'AA') throw new Error(`${event} was answered ${ack.code} ${ack.error?.code ?? ''}`);
  }

  /** Sends a document and demands its `AA`. */
  async send<T extends SentDocument>(sent: T): Promise<T> {
    const ack = await this.doors.document(sent.message);
    if (ack.code !== 'AA') {
      throw new Error(`the document was answered ${ack.code} ${ack.error?.code ?? ''} ${ack.error?.location ?? ''}`);
    }
    return sent;
  }

  /** The one document of a message. */
  async documentOf({ controlId }: Pick<SentDocument, 'controlId'>): Promise<DocumentView> {
    const found = await this.api.documents({ controlId });
    if (found.length === 1) return found[0] as DocumentView;
    throw new Error(`${found.length} documents for one message`);
  }

  /** Waits until the DMP delivery of a message's document is in a state, for a reason when one is given. */
  async awaitDmp(
    sent: Pick<SentDocument, 'controlId'>,
    state: DeliveryView['state'],
    options: { readonly reason?: string; readonly timeoutMs?: number } = {},
  ): Promise<{ readonly document: DocumentView; readonly delivery: DeliveryView }> {
    const { reason, timeoutMs = 20_000 } = options;
    return eventually(
      async () => {
        const document = await this.documentOf(sent);
        const delivery = dmpOf(document);
        const reasons = delivery.reasons.map(({ code }) => code);
        if (delivery.state === state && (reason === undefined || reasons.includes(reason))) {
          return { document, delivery };
        }
        const why = [...reasons, delivery.outcomeCode ?? ''].join(' ');
        throw new Error(`the DMP delivery is ${delivery.state} (${why}), after ${delivery.attempts} attempts`);
      },
      { timeoutMs, everyMs: 150 },
    );
  }

  /** Waits for the business acknowledgements of a message; there must be exactly one. */
  async awaitZam({ controlId }: Pick<SentDocument, 'controlId'>) {
    return eventually(
      async () => {
        const zams = await this.simulator.zams({ originalControlId: controlId });
        if (zams.length !== 1) throw new Error(`${zams.length} ZAM`);
        return zams[0] as (typeof zams)[number];
      },
      { timeoutMs: 15_000, everyMs: 150 },
    );
  }

  async kill(name: string): Promise<void> {
    await this.#control(`/kill?name=${name}`);
  }

  /** Resolves when every part is ready again. */
  async whenReady(): Promise<void> {
    await this.#control('/ready');
  }

  /** Every span that came to the collector. */
  async spans(): Promise<readonly ReceivedSpan[]> {
    return JSON.parse(await this.#control('/spans')) as readonly ReceivedSpan[];
  }

  async close(): Promise<void> {
    await Promise.all(this.#doors.map((doors) => doors.close()));
  }

  async #control(path: string): Promise<string> {
    const response = await fetch(`${this.address.controlUrl}${path}`);
    if (!response.ok) throw new Error(`the platform under test answered ${response.status} to ${path}`);
    return response.text();
  }
}

export function dmpOf(document: DocumentView): DeliveryView {
  const delivery = document.deliveries.find(({ channel }) => channel === 'dmp');
  if (!delivery) throw new Error('the document has no DMP delivery');
  return delivery;
}

function addressOfThisRun(): PlatformAddress {
  const text = process.env[ADDRESS_VARIABLE];
  if (!text) throw new Error('no platform runs for these journeys: use apps/e2e/jest.config.js');
  return JSON.parse(text) as PlatformAddress;
}
