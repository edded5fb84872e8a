import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MachineTokens } from '@pfi/platform-http';
import { httpListener, type HttpListener } from '@pfi/platform-testing';
import { z } from 'zod';
import { CLAIM_WITH_CONTENTS, writeClaimWithContents } from './claim-with-contents.js';
import { GoAheadClient, type HeldContent } from './go-ahead-client.js';

let listener: HttpListener;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const claimSchema = z.object({ deliveryId: z.string(), version: z.int() });
let gateway: GoAheadClient<z.output<typeof claimSchema>>;
let answer: (response: ServerResponse) => void;
const seen: {
  method?: string | undefined;
  url?: string | undefined;
  authorization?: string | undefined;
  body: string;
}[] = [];
const forgotten: string[] = [];
const tokens = {
  get: async () => 'token-1',
  forget: (token: string) => forgotten.push(token),
} as unknown as MachineTokens;

beforeAll(async () => {
  listener = await httpListener((request, body, response) => {
    const { method, url, headers } = request;
    seen.push({ method, url, authorization: headers.authorization, body: body.toString() });
    answer(response);
  });
  gateway = new GoAheadClient(listener.url, tokens, claimSchema);
});

afterAll(async () => {
  await gateway.close();
  await listener.close();
});

const json = (status: number, body: unknown) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

describe('the go-ahead', () => {
  it('is asked for with the request number and the machine’s token', async () => {
    const claim = { deliveryId: '7d1f5a30-0000-4000-8000-000000000001', version: 2 };
    answer = json(200, claim);
    expect(await gateway.claim(claim.deliveryId, 3)).toEqual({ kind: 'go', claim });
    expect(seen.at(-1)).toEqual({
      method: 'POST',
      url: `/internal/v1/deliveries/${claim.deliveryId}/claim`,
      authorization: 'Bearer token-1',
      body: '{"request":3}',
    });
  });

  it.each([
    [409, 'DELIVERY_CANCELLED'],
    [409, 'DELIVERY_HELD'],
    [404, 'DELIVERY_UNKNOWN'],
  ])('refused with %i %s stops the delivery', async (status, code) => {
    answer = json(status, { code });
    expect(await gateway.claim('d', 1)).toEqual({ kind: 'stop', code });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['a 404 of something else', (response) => response.writeHead(404).end('<html>not here</html>')],
    ['a 404 with another code', json(404, { code: 'ROUTE_UNKNOWN' })],
    ['a 409 without code', json(409, null)],
    ['a 503', json(503, { code: 'DATABASE_UNAVAILABLE' })],
    ['a 403', json(403, { code: 'FORBIDDEN' })],
    ['a cut connection', (response) => response.destroy()],
  ])('is tried again after %s: it says nothing of the delivery', async (_name, behaviour) => {
    answer = behaviour;
    await expect(gateway.claim('d', 1)).rejects.toMatchObject({ code: 'DOCUMENTS_UNAVAILABLE', kind: 'unavailable' });
  });

  it('forgets a token that was refused', async () => {
    answer = json(401, { code: 'TOKEN_EXPIRED' });
    await expect(gateway.claim('d', 1)).rejects.toMatchObject({ code: 'DOCUMENTS_UNAVAILABLE' });
    expect(forgotten).toEqual(['token-1']);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['no JSON', (response) => response.end('OK')],
    ['another shape', json(200, { deliveryId: 'd' })],
  ])('in the form of %s is a person’s work', async (_name, behaviour) => {
    answer = behaviour;
    await expect(gateway.claim('d', 1)).rejects.toMatchObject({ code: 'CLAIM_INVALID', kind: 'invalid' });
  });
});

describe('the bytes of an artefact', () => {
  it('that came with the go-ahead are not asked for again, once', async () => {
    const claim = { deliveryId: 'd', version: 1 };
    const [cda, pdf] = [Buffer.from('<cda/>'), Buffer.from('%PDF')];
    answer = (response) =>
      response.writeHead(200, { 'content-type': CLAIM_WITH_CONTENTS }).end(
        Buffer.concat(
          writeClaimWithContents(
            claim,
            [cda, pdf].map((bytes) => ({ sha256: sha256(bytes), bytes })),
          ),
        ),
      );
    expect(await gateway.claim('d', 1)).toEqual({ kind: 'go', claim });
    const before = seen.length;
    for (const bytes of [pdf, cda])
      expect((await gateway.content('ej:990000101', sha256(bytes))).bytes.equals(bytes)).toBe(true);
    expect(seen).toHaveLength(before);
    answer = (response) => response.end(cda);
    using again = await gateway.content('ej:990000101', sha256(cda));
    expect(again.bytes.equals(cda)).toBe(true);
    expect(seen).toHaveLength(before + 1);
  });

  it('come as they are', async () => {
    const bytes = Buffer.from([0, 255, 13, 10]);
    answer = (response) => response.end(bytes);
    using held = await gateway.content('ej:990000101', 'abc');
    expect(held.bytes.equals(bytes)).toBe(true);
    expect(seen.at(-1)?.url).toBe('/internal/v1/contents/abc?owner=ej%3A990000101');
  });

  it('that are many leave one after the other, but for those that belong to one that leaves', async () => {
    const large = Buffer.alloc(30 * 1024 * 1024);
    answer = (response) => response.setHeader('content-length', large.length).end(large);
    const first = await gateway.content('ej:990000101', 'a');
    let second: HeldContent | undefined;
    const waiting = gateway.content('ej:990000101', 'b').then((held) => (second = held));
    using third = await gateway.content('ej:990000101', 'c', first);
    expect(third.bytes).toHaveLength(large.length);
    expect(second).toBeUndefined();
    first[Symbol.dispose]();
    await waiting;
    expect(second?.bytes).toHaveLength(large.length);
    second?.[Symbol.dispose]();
  });

  it('come also from who does not say how many they are', async () => {
    answer = (response) => {
      response.write('a');
      response.end('b');
    };
    using held = await gateway.content('ej:990000101', 'abc');
    expect(held.bytes.toString()).toBe('ab');
  });

  it('that come cut leave no trace in what is held', async () => {
    const size = 40 * 1024 * 1024;
    answer = (response) => {
      response.setHeader('content-length', size).write('a');
      response.destroy();
    };
    for (let time = 0; time < 3; time += 1)
      await expect(gateway.content('ej:990000101', 'abc')).rejects.toMatchObject({ code: 'DOCUMENTS_UNAVAILABLE' });
    answer = (response) => response.end(Buffer.alloc(size));
    using held = await gateway.content('ej:990000101', 'abc');
    expect(held.bytes).toHaveLength(size);
  });

  it('that are not kept any more are a person’s work; a strange 404 is not', async () => {
    answer = json(404, { code: 'CONTENT_NOT_FOUND' });
    await expect(gateway.content('ej:990000101', 'abc')).rejects.toMatchObject({ code: 'ARTEFACT_MISSING' });
    answer = (response) => response.writeHead(404).end();
    await expect(gateway.content('ej:990000101', 'abc')).rejects.toMatchObject({ code: 'DOCUMENTS_UNAVAILABLE' });
  });
});
