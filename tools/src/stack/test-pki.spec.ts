import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureTestPki } from './test-pki.js';
import type { TestPki } from './test-pki.js';

const secrets = mkdtempSync(join(tmpdir(), 'pfi-pki-'));
const entity = {
  finess: '010000024',
  name: 'CH de l’Été',
  certificates: { authentication: 'ete-authentification', signature: 'ete-signature' },
  mailbox: { address: 'pfi@ete.mssante.fr', certificate: 'ete-messagerie' },
};
const read = (name: string, file: 'tls.crt' | 'tls.key') => readFileSync(join(secrets, name, file));

describe('the certificates of a trial platform', () => {
  let pki: TestPki;

  beforeAll(async () => {
    pki = await ensureTestPki(secrets, [entity]);
  }, 60_000);

  afterAll(() => rmSync(secrets, { recursive: true, force: true }));

  it('stand in a folder each, named as in the GHT file, readable by their owner alone', () => {
    for (const name of ['ca', 'dmp-server', 'ete-authentification', 'ete-signature', 'ete-messagerie']) {
      expect(statSync(join(secrets, name, 'tls.key')).mode & 0o777).toBe(0o600);
      expect(new X509Certificate(read(name, 'tls.crt')).subject).toContain('C=FR');
    }
    expect(new X509Certificate(read('ete-signature', 'tls.crt')).subject).toContain('OU=1010000024');
    expect(new X509Certificate(read('ete-messagerie', 'tls.crt')).subjectAltName).toBe('email:pfi@ete.mssante.fr');
  });

  it('let the server of the DMP and a legal entity recognise each other', async () => {
    const ca = readFileSync(pki.caFile);
    const server = createServer(
      {
        ca,
        cert: readFileSync(pki.dmpServer.certificate),
        key: readFileSync(pki.dmpServer.key),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket) => socket.end(socket.authorized ? 'known' : 'unknown'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const name = entity.certificates.authentication;
    const client = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca,
      cert: read(name, 'tls.crt'),
      key: read(name, 'tls.key'),
    });
    const chunks: Buffer[] = [];
    for await (const chunk of client) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('known');
    await new Promise((resolve) => server.close(resolve));
  });

  it('are kept while they are valid', async () => {
    const before = ['ca', 'dmp-server', 'ete-signature'].map((name) => read(name, 'tls.crt').toString());
    await ensureTestPki(secrets, [entity]);
    expect(['ca', 'dmp-server', 'ete-signature'].map((name) => read(name, 'tls.crt').toString())).toEqual(before);
  });

  it('are made again when their authority is another', async () => {
    const before = read('ete-signature', 'tls.crt').toString();
    rmSync(join(secrets, 'ca'), { recursive: true });
    await ensureTestPki(secrets, [entity]);
    const after = new X509Certificate(read('ete-signature', 'tls.crt'));
    expect(after.toString()).not.toBe(before);
    expect(after.verify(new X509Certificate(read('ca', 'tls.crt')).publicKey)).toBe(true);
  }, 60_000);
});
