import { httpListener, type HttpListener } from '@pfi/platform-testing';

const RPPS = 'https://rpps.esante.gouv.fr';

/** An Annuaire Santé of the test's own (FHIR R4 searches by RPPS). */
export class DirectoryDouble {
  /** Mailboxes by RPPS. */
  readonly published = new Map<string, readonly string[]>();
  /** Answers of the next searches instead: a status, a body, or a cut connection. */
  readonly next: (number | string | 'drop')[] = [];
  /** Paths with their query, as they came. */
  readonly searches: string[] = [];
  /** Ignores the parameters that it does not know, as a FHIR server may: answers with everybody, and says so or not. */
  lenient: 'no' | 'silent' | 'telling' = 'no';
  #listener!: HttpListener;

  static async start(): Promise<DirectoryDouble> {
    const double = new DirectoryDouble();
    double.#listener = await httpListener((request, _body, response) => {
      const url = new URL(request.url ?? '/', 'http://annuaire.test');
      double.searches.push(decodeURIComponent(request.url ?? ''));
      const said = double.next.shift();
      if (said === 'drop') return void request.socket.destroy();
      if (typeof said === 'number') return void response.writeHead(said).end('{}');
      response.writeHead(200, { 'content-type': 'application/fhir+json' });
      response.end(said ?? JSON.stringify(double.found(url)));
    });
    return double;
  }

  /** FHIR base. */
  get url(): string {
    return `${this.#listener.url}/fhir`;
  }

  stop(): Promise<void> {
    return this.#listener.close();
  }

  private found(url: URL): object {
    const role = url.pathname.endsWith('/PractitionerRole');
    const asked = url.searchParams.get(role ? 'practitioner.identifier' : 'identifier')?.split('|')[1];
    const everybody = [...this.published].filter(([rpps]) => this.lenient !== 'no' || rpps === asked);
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      ...(this.lenient === 'silent'
        ? {}
        : { link: [{ relation: 'self', url: this.lenient === 'telling' ? url.pathname : url.href }] }),
      entry: everybody.map(([rpps, addresses]) => ({
        resource: {
          ...(role
            ? { resourceType: 'PractitionerRole', practitioner: { reference: `Practitioner/003-${rpps}` } }
            : { resourceType: 'Practitioner', identifier: [{ system: RPPS, value: rpps }] }),
          telecom: addresses.map((value) => ({ system: 'email', value })),
        },
      })),
    };
  }
}
