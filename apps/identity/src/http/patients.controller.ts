import { Body, Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { normaliseName, PfiError } from '@pfi/health';
import type { Patient } from '@pfi/identity-core';
import type { HeldCopy } from '@pfi/platform-http';
import { CallersCopy, CurrentPrincipal, Roles, type Page, type Principal } from '@pfi/platform-http';
import { recordAccess, TenantAudit, type Accessed } from '@pfi/platform-service';
import { Database } from '@pfi/platform-postgres';
import { Ght, ownerOfDomain } from '@pfi/platform-settings';
import { z } from 'zod';
import { historyOf, type HistoryEntry } from '../persistence/patient-history.js';
import { findPatient, searchPatients, type PatientCriteria } from '../persistence/patient-search.js';
import { patientView, type PatientView } from './patient.view.js';

/** One way to search at a time; traits and numbers travel in the body, never in an address that logs keep. */
const searchSchema = z
  .strictObject({
    ipp: z.strictObject({ authority: z.string().min(1).max(200), value: z.string().min(1).max(100) }).optional(),
    ins: z.strictObject({ matricule: z.string().trim().min(13).max(15) }).optional(),
    name: z
      .string()
      .max(200)
      .transform(normaliseName)
      .refine((name) => name.length > 1, { error: 'Au moins deux lettres du nom sont attendues.' })
      .optional(),
    birthDate: z.iso.date().optional(),
    /** Id of the last patient of the page before. */
    cursor: z.uuid().optional(),
    limit: z.int().min(1).max(200).default(50),
  })
  .refine(
    ({ ipp, ins, name, birthDate }) =>
      [ipp, ins, name ?? birthDate].filter((way) => way !== undefined).length === 1 && !name === !birthDate,
    { error: 'Indiquer ipp, ou ins, ou name avec birthDate.' },
  );

const historySchema = z.strictObject({
  /** Last version of the page before. */
  cursor: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const ownerOf = (patient: Patient): string => ownerOfDomain(patient.domain);
const accessed = (patient: Patient): Accessed => ({ owner: ownerOf(patient), patientId: patient.id });

const patientUnknown = () => new PfiError('PATIENT_UNKNOWN', 'not-found', 'Ce patient n’existe pas.');

/** Who is known here, under which status, and since when. */
@Controller('api/identity/v1/patients')
export class PatientsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Ght) private readonly ght: Ght,
    @Inject(TenantAudit) private readonly audit: TenantAudit,
  ) {}

  @Post('search')
  @HttpCode(200)
  @Roles('reader', 'operator', 'identity-vigilance')
  async search(
    @Body({ schema: searchSchema }) body: z.output<typeof searchSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<PatientView>> {
    const { limit, cursor } = body;
    const details = (['ipp', 'ins', 'name', 'birthDate'] as const).filter((criterion) => body[criterion] !== undefined);
    const { found, items } = await this.database.transaction(principal.scopes, async (tx) => {
      const found = await searchPatients(tx, this.criteria(body), { after: cursor, limit: limit + 1 });
      const items = found.slice(0, limit);
      await recordAccess(tx, principal, { action: 'patient-search', accessed: items.map(accessed), details });
      return { found, items };
    });
    const last = items.at(-1);
    return { items: items.map(patientView), next: last && found.length > limit ? last.id : null };
  }

  /** A merged identity is shown as it is, with the id of its survivor. */
  @Get(':id')
  @Roles('reader', 'operator', 'identity-vigilance')
  async one(
    @Param('id', ParseUUIDPipe) id: string,
    @CurrentPrincipal() principal: Principal,
    @CallersCopy() copy: HeldCopy,
  ): Promise<PatientView> {
    const view = await this.database.transaction(principal.scopes, async (tx) => {
      const found = await findPatient(tx, id);
      if (!found) return undefined;
      const shown = patientView(found);
      if (!copy.is(shown)) await recordAccess(tx, principal, { action: 'patient-read', accessed: [accessed(found)] });
      return shown;
    });
    return view ?? this.unknown(id, principal, 'patient-read');
  }

  @Get(':id/history')
  @Roles('reader', 'operator', 'identity-vigilance')
  async history(
    @Param('id', ParseUUIDPipe) id: string,
    @Query({ schema: historySchema }) { cursor, limit }: z.output<typeof historySchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<HistoryEntry>> {
    const entries = await this.database.transaction(principal.scopes, async (tx) => {
      const patient = await findPatient(tx, id);
      if (!patient) return undefined;
      await recordAccess(tx, principal, { action: 'patient-history', accessed: [accessed(patient)] });
      return historyOf(tx, id, { before: cursor, limit: limit + 1 });
    });
    if (!entries) return this.unknown(id, principal, 'patient-history');
    const items = entries.slice(0, limit);
    const last = items.at(-1);
    return { items, next: last && entries.length > limit ? String(last.version) : null };
  }

  private async unknown(id: string, principal: Principal, action: string): Promise<never> {
    await this.audit.missed(principal, { action, kind: 'patient', id }, async (tx) => {
      const patient = await findPatient(tx, id);
      return patient && ownerOf(patient);
    });
    throw patientUnknown();
  }

  private criteria({ ipp, ins, name, birthDate }: z.output<typeof searchSchema>): PatientCriteria {
    if (ipp) {
      // Any spelling of the authority: its name or its OID, as senders write it.
      const authority =
        this.ght.domainOfAuthority({ oid: ipp.authority }) ?? this.ght.domainOfAuthority({ name: ipp.authority });
      return { ipp: { authority: authority?.name ?? ipp.authority, value: ipp.value } };
    }
    if (ins) return { ins: { matricule: ins.matricule.toUpperCase() } };
    return { name: name ?? '', birthDate: birthDate ?? '' };
  }
}
