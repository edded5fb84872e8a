import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CircuitBreaker, DestinationSlots } from '../src/index.js';
import type { CircuitBreakerOptions, CircuitPermit, Database, DestinationSlotsOptions, Slot } from '../src/index.js';
import { createTestDatabase } from '../src/testing/index.js';
import type { TestDatabase } from '../src/testing/index.js';
import { eventually, migrations } from './example-schema.js';

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
  const opened: DestinationSlots[] = [];
  afterEach(async () => {
    for (const slots of opened.splice(0)) await slots.close();
  });

  const replicas = (options: Partial<DestinationSlotsOptions> = {}) => {
    const two = [1, 2].map(() => new DestinationSlots({ database: system, ...options }));
    opened.push(...two);
    return two as [DestinationSlots, DestinationSlots];
  };

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

  it('are free again once released: here at once, elsewhere when nobody here wants them any more', async () => {
    const owner = newOwner();
    const [one, two] = replicas({ slots: 1, keepMs: 100 });
    const slot = (await one.acquire('dmp', owner)) as Slot;
    await slot.release();
    const again = (await one.acquire('dmp', owner)) as Slot;
    expect(again.slot).toBe(1);
    await again.release();
    await eventually('the other replica gets it', async () => (await two.acquire('dmp', owner)) ?? false);
  });

  it('are given back by a process that stops', async () => {
    const owner = newOwner();
    const [one, two] = replicas({ slots: 1 });
    await one.acquire('dmp', owner);
    await one.close();
    expect(await two.acquire('dmp', owner)).not.toBeNull();
  });

  it('used again and again are leased once', async () => {
    const owner = newOwner();
    const [one] = replicas({ slots: 1, keepMs: 60_000 });
    const lease = () =>
      test.admin(`SELECT xmin::text, lease_until FROM dmp.destination_slot WHERE owner = $1 AND slot = 1`, [owner]);
    const first = (await one.acquire('dmp', owner)) as Slot;
    await first.release();
    const before = await lease();
    for (let call = 0; call < 20; call += 1) await ((await one.acquire('dmp', owner)) as Slot).release();
    expect(await lease()).toEqual(before);
  });

  it('are handed on to who waits here, who gives up after a time', async () => {
    const owner = newOwner();
    const [one] = replicas({ slots: 1 });
    const first = (await one.acquire('dmp', owner)) as Slot;
    const second = one.acquire('dmp', owner, 10_000);
    expect(await one.acquire('dmp', owner, 20)).toBeNull();
    await first.release();
    expect((await second)?.slot).toBe(1);
  });

  it('are renewed while their call lasts', async () => {
    const owner = newOwner();
    const [one, two] = replicas({ slots: 1, ttlMs: 300 });
    await one.acquire('dmp', owner);
    const until = Date.now() + 900;
    while (Date.now() < until) expect(await two.acquire('dmp', owner)).toBeNull();
  });

  it('are shared with a replica that finds none, however busy the first is', async () => {
    const owner = newOwner();
    const [busy, waiting] = replicas({ slots: 4, ttlMs: 600, keepMs: 60_000 });
    let working = true;
    const work = [1, 2, 3, 4].map(async () => {
      while (working) {
        const slot = await busy.acquire('dmp', owner);
        await new Promise((resume) => setTimeout(resume, 5));
        await slot?.release();
      }
    });
    const got = [1, 2].map(() => eventually('a slot', async () => (await waiting.acquire('dmp', owner)) ?? false));
    try {
      expect((await Promise.all(got)).map((slot) => slot.owner)).toEqual([owner, owner]);
    } finally {
      working = false;
      await Promise.all(work);
    }
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
