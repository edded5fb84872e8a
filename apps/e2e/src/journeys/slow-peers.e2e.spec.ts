import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually, tcpPeer } from '@pfi/platform-testing';
import { mdm, newPatient } from '@pfi/tools';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const { simulator } = platform;

afterAll(() => platform.close());

// Both wait long and for nothing that the other needs.
describe('a peer that does not answer', () => {
  it.concurrent(
    'a DMP that is down for 20 s is tried again until the document is there, once',
    async () => {
      const dpi = platform.sender('dpi-pannes');
      const patient = newPatient(dpi.authority);
      await platform.tellIdentity('gam-pannes', 'A28', patient, 'qualifiee');
      const down = await simulator.fault({
        target: 'dmp',
        kind: 'down',
        forMs: 20_000,
        match: { legalEntity: '990000903' },
      });
      const sent = await platform.send(mdm(dpi, patient, { insInCda: patient.ins }));
      await eventually(
        async () => {
          // cut before anything is read: only the fault itself can tell that somebody knocked
          expect(await simulator.timesApplied(down)).toBeGreaterThan(1);
        },
        { timeoutMs: 15_000 },
      );
      expect(await simulator.entries({ uniqueId: sent.documentId })).toEqual([]);

      await platform.awaitDmp(sent, 'delivered', { timeoutMs: 50_000 });
      const deposits = await simulator.requests({ uniqueId: sent.documentId });
      expect(deposits.filter(({ operation }) => operation === 'iti-41')).toMatchObject([{ outcome: 'success' }]);
      expect(await simulator.entries({ uniqueId: sent.documentId })).toHaveLength(1);
      expect(await platform.awaitZam(sent)).toMatchObject({ positive: true });
    },
    90_000,
  );

  it.concurrent(
    'a sender that starts a frame and never ends it is closed after a minute, and what it said is kept',
    async () => {
      const peer = await tcpPeer(platform.address.ports.documentsMllp);
      const began = Date.now();
      peer.send('\u000bMSH|^~\\&|DPI-A|CHU-BRUME|half a message');
      await peer.closed;
      expect(peer.received()).toHaveLength(0);
      await eventually(async () => {
        const rejects = await platform.api.rejects('documents', { limit: '50' });
        expect(rejects.filter(({ receivedAt }) => Date.parse(receivedAt) >= began)).toContainEqual(
          expect.objectContaining({ code: 'MLLP_FRAME_TIMEOUT' }),
        );
      });
    },
    90_000,
  );
});
