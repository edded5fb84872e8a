import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Principal } from '@pfi/platform-http';
import { CircuitBreaker } from '@pfi/platform-postgres';
import { TenantAudit } from '@pfi/platform-service';
import { createLogger } from '@pfi/platform-telemetry';
import { SubmissionsController } from '../src/http/submissions.controller.js';
import { SubmissionRepository } from '../src/persistence/submission.repository.js';
import { openSite, TestGroup, type Site } from './gateway-under-test.js';

jest.setTimeout(30_000);

let site: Site;
let group: TestGroup;
let api: SubmissionsController;

beforeAll(async () => {
  site = await openSite();
  const breaker = new CircuitBreaker({ database: site.system });
  api = new SubmissionsController(
    site.service,
    new SubmissionRepository(),
    breaker,
    new TenantAudit(site.service, () => [], createLogger('audit', { level: 'fatal' })),
  );
});
beforeEach(async () => {
  group = await TestGroup.open(site);
});
afterEach(() => group.close());
afterAll(() => site?.close());

const reader = (...scopes: string[]): Principal => ({
  subject: 'agent',
  issuer: 'https://idp.example',
  name: 'Agent',
  roles: ['reader'],
  scopes,
  machine: false,
  purpose: null,
});

describe('the submissions of the API', () => {
  it('come newest first, page by page, each once', async () => {
    const expected = new Set<string>();
    for (let n = 0; n < 5; n += 1) expected.add((await group.request()).deliveryId);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.list({ limit: 2, cursor }, reader(group.owner));
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen).toHaveLength(5);
    expect(new Set(seen)).toEqual(expected);
  });

  it('are filtered by state and by document', async () => {
    const delivery = await group.request();
    await group.request();
    const of = (filter: object) => api.list({ limit: 50, ...filter }, reader(group.owner));
    expect((await of({ documentId: delivery.claim.documentId })).items.map(({ id }) => id)).toEqual([
      delivery.deliveryId,
    ]);
    expect((await of({ state: 'ready' })).items).toHaveLength(2);
    expect((await of({ state: 'parked' })).items).toEqual([]);
  });

  it('tell no identity of a patient', async () => {
    await group.dmp();
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    const one = await api.one(delivery.deliveryId, reader(group.owner));
    expect(one).toMatchObject({ state: 'accepted', attempts: 1, legalEntity: group.finess });
    expect(JSON.stringify(one)).not.toMatch(/279035121518989|CHIRURG/);
  });

  it('of others do not exist', async () => {
    const { deliveryId } = await group.request();
    const other = reader('ej:000000000');
    await expect(api.one(deliveryId, other)).rejects.toMatchObject({ code: 'SUBMISSION_UNKNOWN', kind: 'not-found' });
    await expect(api.one(randomUUID(), reader(group.owner))).rejects.toMatchObject({ code: 'SUBMISSION_UNKNOWN' });
    expect((await api.list({ limit: 50 }, other)).items).toEqual([]);
  });
});

describe('the destinations of the API', () => {
  it('show a circuit in trouble to its owner alone', async () => {
    const breaker = new CircuitBreaker({ database: site.system, settings: { inARow: 1 } });
    const permit = await breaker.permit('dmp', group.owner);
    if (permit.allowed) await permit.failed();
    const shown = await api.destinations(reader(group.owner));
    expect(shown.items).toMatchObject([{ destination: 'dmp', owner: group.owner, state: 'open' }]);
    expect((await api.destinations(reader('ej:000000000'))).items).toEqual([]);
  });
});
