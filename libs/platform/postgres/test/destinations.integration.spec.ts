import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CircuitBreaker, DestinationSlots } from '../src/index.js';
import type { CircuitBreakerOptions, CircuitPermit, Database, Slot } from '../src/index.js';
import { createTestDatabase } from '../src/testing/index.js';
import type { TestDatabase } from '../src/testing/index.js';
import { migrations } from './example-schema.js';

jest.setTimeout(30_000);

const schema = 'dmp';
let test: TestDatabase;
let system: Database;
let service: Database;

beforeAll(async () => {
  test = await createTestDatabase([{ schema, migrations }]);
  system = await test.open(schema, { role: 'system' });
  service = await test.open(schema);
}, 60_000);

afterAll(() => test?.drop());

const newOwner = (): string => `ej:${randomUUID()}`;

describe('slots at a destination', () => {
  const replicas = (options: { slots?: number; ttlMs?: number } = {}) =>
    [1, 2].map(() => new DestinationSlots({ database: system, ...options })) as [DestinationSlots, DestinationSlots];

  it('are 8 by default, over all replicas', async () => {
    const owner = newOwner();
    const [one, two] = replicas();
    const taken = await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 ? one : two).acquire('dmp', owner)));
    const slots = taken.filter((slot) => slot !== null).map((slot) => slot.slot);
    expect(slots.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('are counted apart for each destination and each owner', async () => {
    const [a, b] = [newOwner(), newOwner()];
    const [one] = replicas({ slots: 1 });
    expect(await one.acquire('dmp', a)).not.toBeNull();
    expect(await one.acquire('dmp', a)).toBeNull();
    expect(await one.acquire('dmp', b)).not.toBeNull();
    expect(await one.acquire('registry', a)).not.toBeNull();
  });

  it('are free again once released', async () => {
    const owner = newOwner();
    const [one, two] = replicas({ slots: 1 });
    const slot = (await one.acquire('dmp', owner)) as Slot;
    await slot.release();
    expect(await two.acquire('dmp', owner)).not.toBeNull();
  });

  it('of a dead process are free after their time, and fenced', async () => {
    const owner = newOwner();
    const [one, two] = replicas({ slots: 1 });
    const dead = (await one.acquire('dmp', owner)) as Slot;
    await test.admin(`UPDATE dmp.destination_slot SET lease_until = now() - interval '1 s' WHERE owner = $1`, [owner]);
    expect(await two.acquire('dmp', owner)).not.toBeNull();
    expect(await dead.renew()).toBe(false);
    await dead.release();
    expect(await one.acquire('dmp', owner)).toBeNull();
  });

  it('can be kept longer', async () => {
    const owner = newOwner();
    const [one, two] = replicas({ slots: 1, ttlMs: 3_600_000 });
    const slot = (await one.acquire('dmp', owner)) as Slot;
    await test.admin(`UPDATE dmp.destination_slot SET lease_until = now() + interval '1 s' WHERE owner = $1`, [owner]);
    expect(await slot.renew()).toBe(true);
    const [row] = await test.admin(
      `SELECT lease_until > now() + interval '30 min' AS kept FROM dmp.destination_slot WHERE owner = $1`,
      [owner],
    );
    expect(row).toEqual({ kept: true });
    expect(await two.acquire('dmp', owner)).toBeNull();
  });

  it('follow a lower limit', async () => {
    const owner = newOwner();
    const [many] = replicas({ slots: 4 });
    const [few] = replicas({ slots: 1 });
    for (const _ of [1, 2, 3, 4]) expect(await many.acquire('dmp', owner)).not.toBeNull();
    expect(await few.acquire('dmp', owner)).toBeNull();
  });
});

describe('a circuit breaker', () => {
  type Allowed = Extract<CircuitPermit, { allowed: true }>;

  const breaker = (options: Partial<CircuitBreakerOptions> = {}) =>
    new CircuitBreaker({ database: system, staleMs: 0, ...options });

  async function call(circuit: CircuitBreaker, owner: string, outcome: 'answered' | 'failed'): Promise<void> {
    const permit = await circuit.permit('dmp', owner);
    expect(permit.allowed).toBe(true);
    await (permit as Allowed)[outcome]();
  }

  async function open(circuit: CircuitBreaker, owner: string): Promise<void> {
    for (let n = 0; n < 10; n += 1) await call(circuit, owner, 'failed');
  }

  const letProbe = (owner: string) =>
    test.admin(`UPDATE dmp.destination_circuit SET next_probe_at = now() WHERE owner = $1`, [owner]);

  it('stays closed, and writes nothing, while the destination answers', async () => {
    const owner = newOwner();
    const circuit = breaker();
    for (let n = 0; n < 30; n += 1) await call(circuit, owner, 'answered');
    expect(await test.admin('SELECT FROM dmp.destination_circuit WHERE owner = $1', [owner])).toEqual([]);
  });

  it('opens for every replica after 10 failures in a row, seen by any of them', async () => {
    const owner = newOwner();
    const [one, two] = [breaker(), breaker()];
    for (let n = 0; n < 9; n += 1) await call(n % 2 ? one : two, owner, 'failed');
    expect((await one.permit('dmp', owner)).allowed).toBe(true);
    await call(one, owner, 'failed');
    for (const circuit of [one, two]) {
      expect(await circuit.permit('dmp', owner)).toEqual({ allowed: false, nextProbeAt: expect.any(Date) });
    }
  });

  it('opens when half of the last 20 calls failed', async () => {
    const owner = newOwner();
    const circuit = breaker();
    for (let n = 0; n < 10; n += 1) await call(circuit, owner, 'answered');
    for (let n = 0; n < 4; n += 1) {
      await call(circuit, owner, 'failed');
      await call(circuit, owner, 'failed');
      await call(circuit, owner, 'answered');
    }
    expect((await circuit.permit('dmp', owner)).allowed).toBe(true);
    await call(circuit, owner, 'failed');
    expect((await circuit.permit('dmp', owner)).allowed).toBe(true);
    await call(circuit, owner, 'failed');
    expect((await circuit.permit('dmp', owner)).allowed).toBe(false);
  });

  it('counts the answers that another replica saw', async () => {
    const owner = newOwner();
    const [unlucky, lucky] = [breaker(), breaker()];
    for (let n = 0; n < 9; n += 1) await call(unlucky, owner, 'failed');
    await call(lucky, owner, 'answered');
    await call(unlucky, owner, 'failed');
    expect((await unlucky.permit('dmp', owner)).allowed).toBe(true);
  });

  it('concerns one owner at one destination', async () => {
    const [owner, other] = [newOwner(), newOwner()];
    const circuit = breaker();
    await open(circuit, owner);
    expect((await circuit.permit('dmp', owner)).allowed).toBe(false);
    expect((await circuit.permit('dmp', other)).allowed).toBe(true);
    expect((await circuit.permit('registry', owner)).allowed).toBe(true);
  });

  it('lets one probe through at a time, and closes when it is answered', async () => {
    const owner = newOwner();
    const [one, two] = [breaker(), breaker()];
    await open(one, owner);
    await letProbe(owner);
    const permits = await Promise.all([one, two, one, two].map((circuit) => circuit.permit('dmp', owner)));
    const probes = permits.filter((permit): permit is Allowed => permit.allowed);
    expect(probes.map((probe) => probe.probe)).toEqual([true]);
    await probes[0]?.answered();
    for (const circuit of [one, two])
      expect(await circuit.permit('dmp', owner)).toMatchObject({ allowed: true, probe: false });
    await call(two, owner, 'failed');
    expect((await one.permit('dmp', owner)).allowed).toBe(true);
  });

  it('stays open when the probe fails, or never comes back', async () => {
    const owner = newOwner();
    const circuit = breaker({ settings: { probeEveryMs: 3_600_000 } });
    await open(circuit, owner);
    await letProbe(owner);
    const probe = (await circuit.permit('dmp', owner)) as Allowed;
    await probe.failed();
    expect((await circuit.permit('dmp', owner)).allowed).toBe(false);
    await letProbe(owner);
    const lost = (await circuit.permit('dmp', owner)) as Allowed;
    expect((await circuit.permit('dmp', owner)).allowed).toBe(false);
    await letProbe(owner);
    expect(await circuit.permit('dmp', owner)).toMatchObject({ allowed: true, probe: true });
    await lost.answered();
    expect((await circuit.permit('dmp', owner)).allowed).toBe(false);
  });

  it('is not closed by the late answer of a call begun before', async () => {
    const owner = newOwner();
    const circuit = breaker();
    const early = (await circuit.permit('dmp', owner)) as Allowed;
    await open(circuit, owner);
    await early.answered();
    expect((await circuit.permit('dmp', owner)).allowed).toBe(false);
  });

  it('trusts what it read for the agreed time only', async () => {
    const owner = newOwner();
    let now = 0;
    const cached = breaker({ staleMs: 1_000, now: () => now });
    expect((await cached.permit('dmp', owner)).allowed).toBe(true);
    await open(breaker(), owner);
    now = 999;
    expect((await cached.permit('dmp', owner)).allowed).toBe(true);
    now = 1_000;
    expect((await cached.permit('dmp', owner)).allowed).toBe(false);
  });

  it('shows its state to the service, within its scopes', async () => {
    const owner = newOwner();
    const circuit = breaker();
    await open(circuit, owner);
    const list = (scopes: string[]) => service.transaction(scopes, (tx) => circuit.list(tx));
    expect(await list([owner])).toEqual([
      {
        destination: 'dmp',
        owner,
        state: 'open',
        openedAt: expect.any(Date),
        nextProbeAt: expect.any(Date),
        failures: 10,
        remembered: 10,
      },
    ]);
    expect(await list([newOwner()])).toEqual([]);
  });
});
