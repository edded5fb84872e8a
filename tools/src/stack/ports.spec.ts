import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { choosePorts, defaultPorts, freePorts, refuseTakenPorts } from './ports.js';

describe('the ports of a stack', () => {
  it('are the documented ones when nothing is set', async () => {
    expect(await choosePorts('default', {})).toEqual(defaultPorts);
    expect(defaultPorts).toMatchObject({ identityMllp: 2575, documentsMllp: 2576, identityHttp: 3001, simDmp: 8102 });
  });

  it('move one by one with their variables', async () => {
    const ports = await choosePorts('default', { PFI_IDENTITY_MLLP_PORT: '12575' });
    expect(ports).toEqual({ ...defaultPorts, identityMllp: 12575 });
  });

  it.each(['0', '65536', '-1', '2575x', '1.5'])('refuse %s, naming the variable', async (text) => {
    await expect(choosePorts('default', { PFI_KAFKA_PORT: text })).rejects.toThrow('PFI_KAFKA_PORT');
  });

  it('move all together with a base, without overlap', async () => {
    const ports = Object.values(await choosePorts({ base: 25_000 }, {}));
    expect(new Set(ports).size).toBe(ports.length);
    expect(Math.min(...ports)).toBe(25_000);
  });

  it('are below the range of outgoing connections when they are chosen freely', async () => {
    const base = await freePorts(4);
    expect(base).toBeGreaterThanOrEqual(20_000);
    expect(base + 4).toBeLessThanOrEqual(32_000);
  });

  it('are refused when taken, but only those of the parts that start', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const base = await choosePorts({ base: await freePorts(12) }, {});
    const ports = { ...base, documentsMllp: port };
    await expect(refuseTakenPorts(ports, ['documents'])).rejects.toThrow(
      `port ${port} (documents) is taken by another program: free it, or set PFI_DOCUMENTS_MLLP_PORT`,
    );
    await expect(refuseTakenPorts(ports, ['postgres'])).resolves.toBeUndefined();
    await new Promise((resolve) => server.close(resolve));
  });
});
