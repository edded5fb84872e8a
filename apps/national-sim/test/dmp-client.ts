import { createHash, randomUUID } from 'node:crypto';
import { request } from 'node:https';
import { uuidToOid } from '@pfi/health';
import {
  buildProvideAndRegister,
  buildStatusUpdate,
  buildStoredQuery,
  buildVihf,
  createVihfSigner,
  parseRegistryResponse,
  parseStoredQueryResponse,
} from '@pfi/xds';
import type {
  DocumentEntry,
  HttpBody,
  RegistryResponse,
  SoapFault,
  StatusChange,
  StoredQuery,
  StoredQueryResponse,
  Submission,
  SubmissionSet,
  VihfInput,
} from '@pfi/xds';
import type { Identity } from './pki.js';

export interface DmpClientOptions {
  readonly port: number;
  readonly authority: string;
  readonly channel: Identity | null;
  readonly seal: Identity;
  readonly finess: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** The hospital's side of the DMP: one connection a request, so that each fault is seen on its own. */
export class DmpClient {
  constructor(readonly options: DmpClientOptions) {}

  with(change: Partial<DmpClientOptions>): DmpClient {
    return new DmpClient({ ...this.options, ...change });
  }

  async deposit(submission: Submission, vihf: Partial<VihfInput> = {}): Promise<RegistryResponse | SoapFault> {
    const body = buildProvideAndRegister(submission, this.#envelope(submission.submissionSet.patientId, vihf));
    const answer = await this.post('/si-dmp-server/v2/services/repository', body);
    return parseRegistryResponse(answer.contentType, answer.body);
  }

  async update(
    submissionSet: SubmissionSet,
    changes: readonly StatusChange[],
    vihf: Partial<VihfInput> = {},
  ): Promise<RegistryResponse | SoapFault> {
    const body = buildStatusUpdate({ submissionSet, changes }, this.#envelope(submissionSet.patientId, vihf));
    const answer = await this.post('/si-dmp-server/v2/services/registry', body);
    return parseRegistryResponse(answer.contentType, answer.body);
  }

  async query(query: StoredQuery, patientId: VihfInput['patientId']): Promise<StoredQueryResponse | SoapFault> {
    const body = buildStoredQuery(query, this.#envelope(patientId, {}));
    const answer = await this.post('/si-dmp-server/v2/services/registry', body);
    return parseStoredQueryResponse(answer.contentType, answer.body);
  }

  post(path: string, { contentType, contentLength, body }: HttpBody): Promise<HttpAnswer> {
    const { port, authority, channel } = this.options;
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{ host: 'localhost', port, path, method: 'POST', agent: false, ca: authority },
          ...(channel ? { cert: channel.certificate, key: channel.key } : {}),
          headers: { 'content-type': contentType, 'content-length': contentLength },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              contentType: response.headers['content-type'] ?? '',
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      sent.on('error', reject);
      for (const piece of body) sent.write(piece);
      sent.end();
    });
  }

  #envelope(patientId: VihfInput['patientId'], change: Partial<VihfInput>) {
    const { seal, finess, port } = this.options;
    const assertion = buildVihf(
      {
        assertionId: `_${randomUUID()}`,
        issuedAt: new Date(),
        nameId: '801234560801',
        subjectName: 'Anne CHIRURG',
        roles: [{ code: '10', system: '1.2.250.1.71.1.2.7', label: 'Médecin' }],
        structureId: `1${finess}`,
        activitySector: 'SA01',
        patientId,
        software: { name: 'PFI', version: '0' },
        ...change,
      },
      createVihfSigner(seal.certificate, seal.key),
    );
    return { messageId: `urn:uuid:${randomUUID()}`, to: `https://localhost:${port}/`, assertion };
  }
}

export const patientId = { value: '279035121518989', oid: '1.2.250.1.213.1.4.10' };

/** A submission of new ids; `entry` changes its only document. */
export function newSubmission(finess: string, content: Buffer, entry: Partial<DocumentEntry> = {}): Submission {
  const author = {
    person: null,
    device: 'PFI',
    organisation: { id: finess, name: 'CH X', idType: 'FINEJ' },
    speciality: null,
  };
  const code = (value: string, system: string) => ({ code: value, system, label: value });
  return {
    submissionSet: {
      entryUuid: `urn:uuid:${randomUUID()}`,
      uniqueId: uuidToOid(randomUUID()),
      sourceId: '2.999.1',
      patientId: entry.patientId ?? patientId,
      submissionTime: '20250102093000',
      contentType: code('03', '1.2.250.1.213.2.2'),
      author,
    },
    documents: [
      {
        content,
        entry: {
          entryUuid: `urn:uuid:${randomUUID()}`,
          uniqueId: uuidToOid(randomUUID()),
          mimeType: 'text/xml',
          title: 'Lettre de liaison à la sortie',
          hash: createHash('sha1').update(content).digest('hex'),
          size: content.length,
          languageCode: 'fr-FR',
          creationTime: '20250102091500',
          serviceStartTime: null,
          serviceStopTime: null,
          patientId,
          sourcePatientId: { value: 'IPP0001', oid: '2.999.1.1' },
          sourcePatientInfo: [],
          legalAuthenticator: null,
          authors: [author],
          classCode: code('10', '1.2.250.1.213.1.1.4.1'),
          typeCode: code('11490-0', '2.16.840.1.113883.6.1'),
          formatCode: code('urn:ihe:iti:xds-sd:pdf:2008', '1.3.6.1.4.1.19376.1.2.3'),
          confidentialityCodes: [code('N', '2.16.840.1.113883.5.25')],
          eventCodes: [],
          healthcareFacilityTypeCode: code('SA01', '1.2.250.1.71.4.2.4'),
          practiceSettingCode: code('ETABLISSEMENT', '1.2.250.1.213.1.1.4.9'),
          version: null,
          ...entry,
        },
      },
    ],
  };
}
