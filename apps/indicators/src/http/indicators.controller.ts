import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { PfiError } from '@pfi/health';
import {
  indicatorCodes,
  isReached,
  isReasonCode,
  monthsOf,
  rateOf,
  reasonOf,
  targetOf,
  type IndicatorCode,
  type IndicatorDefinition,
  type Period,
  type Tally,
} from '@pfi/indicators-core';
import {
  CurrentPrincipal,
  decodeCursor,
  encodeCursor,
  HttpProblem,
  Roles,
  type Page,
  type Principal,
} from '@pfi/platform-http';
import { Database } from '@pfi/platform-postgres';
import { z } from 'zod';
import { PublishedDefinitions } from '../definitions/published-definitions.js';
import { countVerdicts, judgedBy, listVerdicts, type VerdictRow } from '../persistence/rates.js';
import { Perimeters, type Perimeter } from './perimeters.js';
import { lastTwelveMonths, periodOf, periodQuery } from './period-query.js';

const ratesSchema = z.strictObject(periodQuery);
const trendSchema = z.strictObject({ ...periodQuery, step: z.literal('month').default('month') });
const staysSchema = z.strictObject({
  ...periodQuery,
  counted: z.enum(['numerator', 'denominator', 'excluded']).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** A rate as published: nothing of it can be read without the definition that made it. */
export interface RateView extends Period, Tally {
  readonly code: IndicatorCode;
  readonly label: string;
  readonly view: 'gross' | 'net';
  readonly perimeter: string;
  readonly rate: number | null;
  readonly target: number | null;
  readonly reached: boolean | null;
  readonly definition: { readonly version: string; readonly hash: string };
  /** False for the short time in which a change of definition is being applied to every stay. */
  readonly settled: boolean;
  /** ISO 8601 instant of the count. */
  readonly at: string;
}

/** Rates, and the stays behind them. */
@Controller('api/indicators/v1')
export class IndicatorsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(PublishedDefinitions) private readonly definitions: PublishedDefinitions,
    @Inject(Perimeters) private readonly perimeters: Perimeters,
  ) {}

  @Get('indicators')
  @Roles('reader', 'operator', 'identity-vigilance', 'admin')
  async rates(
    @Query({ schema: ratesSchema }) query: z.output<typeof ratesSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<RateView>> {
    const period = periodOf(query, this.definitions.windows);
    const { perimeter, establishments } = await this.perimeters.resolve(principal, query.perimeter);
    const { counts, settled } = await this.database.transaction(principal.scopes, async (tx) => ({
      counts: await countVerdicts(tx, { codes: indicatorCodes, period, establishments, view: query.view }),
      settled: await judgedBy(tx, this.definitions.hash),
    }));
    const found = new Map(counts.map((count) => [count.code, count]));
    const items = this.definitions.all.map(({ definition }) =>
      this.rate(definition, period, found.get(definition.code), { perimeter, view: query.view, settled }),
    );
    return { items, next: null };
  }

  /** The indicator month by month; the last twelve by default. */
  @Get('indicators/:code/trend')
  @Roles('reader', 'operator', 'identity-vigilance', 'admin')
  async trend(
    @Param('code') code: string,
    @Query({ schema: trendSchema }) query: z.output<typeof trendSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<RateView>> {
    const { definition } = this.definition(code);
    const period = periodOf(query, this.definitions.windows, lastTwelveMonths(new Date()));
    const { perimeter, establishments } = await this.perimeters.resolve(principal, query.perimeter);
    const { counts, settled } = await this.database.transaction(principal.scopes, async (tx) => ({
      counts: await countVerdicts(tx, { codes: [definition.code], period, establishments, view: query.view }, 'month'),
      settled: await judgedBy(tx, this.definitions.hash),
    }));
    const found = new Map(counts.map((count) => [count.month.slice(0, 7), count]));
    const items = monthsOf(period).map((month) =>
      this.rate(definition, month, found.get(month.from.slice(0, 7)), { perimeter, view: query.view, settled }),
    );
    return { items, next: null };
  }

  @Get('indicators/:code/stays')
  @Roles('reader', 'operator', 'identity-vigilance', 'admin')
  async stays(
    @Param('code') code: string,
    @Query({ schema: staysSchema }) query: z.output<typeof staysSchema>,
    @CurrentPrincipal() principal: Principal,
  ) {
    const { definition } = this.definition(code);
    const period = periodOf(query, this.definitions.windows);
    const { establishments } = await this.perimeters.resolve(principal, query.perimeter);
    const { view, counted, limit } = query;
    const after = stayPosition(query.cursor);
    const rows = await this.database.transaction(principal.scopes, (tx) =>
      listVerdicts(tx, { code: definition.code, period, establishments, view, counted, after, limit: limit + 1 }),
    );
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map((row) => stayView(row, definition)),
      next: rows.length > limit && last ? encodeCursor([last.day, last.stayId]) : null,
    };
  }

  @Get('perimeters')
  @Roles('reader', 'operator', 'identity-vigilance', 'admin')
  allowedPerimeters(@CurrentPrincipal() principal: Principal): Page<Omit<Perimeter, 'establishments'>> {
    const items = this.perimeters
      .allowed(principal)
      .map(({ establishments: _establishments, ...perimeter }) => perimeter);
    return { items, next: null };
  }

  /** How this group counts: every definition with its hash, and the windows with their targets. */
  @Get('definitions')
  @Roles('reader', 'operator', 'identity-vigilance', 'admin')
  published() {
    return { items: this.definitions.all, windows: this.definitions.windows, next: null };
  }

  private definition(code: string) {
    const known = indicatorCodes.find((one) => one === code);
    if (known) return this.definitions.of(known);
    throw new PfiError(
      'INDICATOR_UNKNOWN',
      'not-found',
      `Cet indicateur n’est pas calculé. Indicateurs connus : ${indicatorCodes.join(', ')}.`,
    );
  }

  private rate(
    definition: IndicatorDefinition,
    period: Period,
    count: Tally | undefined,
    shown: Pick<RateView, 'perimeter' | 'view' | 'settled'>,
  ): RateView {
    const { numerator = 0, denominator = 0 } = count ?? {};
    const { code, label, version } = definition;
    const target = targetOf(code, period, this.definitions);
    return {
      code,
      label,
      view: shown.view,
      from: period.from,
      to: period.to,
      perimeter: shown.perimeter,
      numerator,
      denominator,
      rate: rateOf(numerator, denominator),
      target,
      reached: isReached(numerator, denominator, target),
      definition: { version, hash: this.definitions.of(code).hash },
      settled: shown.settled,
      at: new Date().toISOString(),
    };
  }
}

const stayView = (row: VerdictRow, definition: IndicatorDefinition) => ({
  stay: row.stay,
  stayId: row.stayId,
  authority: row.authority,
  establishment: row.establishment,
  unit: row.unit,
  patientId: row.patientId,
  patientClass: row.patientClass,
  admittedAt: row.admittedAt?.toISOString() ?? null,
  endedAt: row.endedAt.toISOString(),
  day: row.day,
  counted: row.counted,
  reason: isReasonCode(row.reason)
    ? reasonOf(row.reason, definition, row.detail)
    : { code: row.reason, text: 'Motif d’une autre version du service.' },
  documents: row.documents,
});

function stayPosition(cursor: string | undefined): { readonly day: string; readonly stayId: string } | undefined {
  if (cursor === undefined) return undefined;
  const [day, stayId] = decodeCursor(cursor, 2);
  if (z.iso.date().safeParse(day).success && z.uuid().safeParse(stayId).success)
    return { day: String(day), stayId: String(stayId) };
  throw new HttpProblem(400, 'CURSOR_INVALID', 'Le curseur de page est invalide. Reprenez à la première page.', {
    pointer: 'cursor',
  });
}
