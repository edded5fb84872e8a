import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import type { INestApplication } from '@nestjs/common';
import type { EventEnvelope } from '@pfi/contracts';
import { PfiError } from '@pfi/health';
import { DatabaseBusy, type Database } from '@pfi/platform-postgres';
import { type EventBus, type EventContext, KafkaStrategy, type KafkaStrategyOptions, OnEvents } from '../src/index.js';
import { added, answered, OTHER_OWNER, OWNER, removed, stateChanged } from './test-service.js';

interface Thing {
  lineageId: string;
  value: string;
}

/** What a test wants of the handlers; values `poison…` fail while `poisonous`, `busy…` meet a locked row, `hang…` do not end. */
export class Script {
  poisonous = true;
  /** Size of each batch that a handler was given. */
  readonly batches: number[] = [];
}

@Controller()
class ThingsController {
  constructor(@Inject(Script) private readonly script: Script) {}

  @OnEvents(added)
  async onAdded(@Payload() events: EventEnvelope<Thing>[], @Ctx() context: EventContext): Promise<void> {
    this.script.batches.push(events.length);
    await this.keep(events, context);
  }

  @OnEvents(removed)
  async onRemoved(@Payload() events: EventEnvelope<Thing>[], @Ctx() context: EventContext): Promise<void> {
    await this.keep(events, context);
  }

  @OnEvents(answered)
  async onAnswered(@Payload() events: EventEnvelope<Thing>[], @Ctx() context: EventContext): Promise<void> {
    await this.keep(events, context);
  }

  @OnEvents(stateChanged)
  async onState(@Payload() events: EventEnvelope<Thing>[], @Ctx() context: EventContext): Promise<void> {
    await this.keep(events, context);
  }

  private async keep(events: readonly EventEnvelope<Thing>[], { tx, owner }: EventContext): Promise<void> {
    await tx.execute('INSERT INTO effect (owner, aggregate, value) SELECT $1, * FROM unnest($2::text[], $3::text[])', [
      owner,
      events.map(({ aggregate }) => aggregate),
      events.map(({ payload }) => payload.value),
    ]);
    for (const { payload } of events) {
      if (payload.value.startsWith('hang') && this.script.poisonous) await new Promise(() => undefined);
      if (payload.value.startsWith('busy') && this.script.poisonous) throw new DatabaseBusy(new Error('locked'));
      if (!payload.value.startsWith('poison') || !this.script.poisonous) continue;
      if (payload.value === 'poison-code') throw new PfiError('TEST_REFUSED', 'invalid', 'Refusé par le test.');
      throw new Error(`secret of ${payload.value}`);
    }
  }
}

export interface TestApp {
  readonly app: INestApplication;
  readonly strategy: KafkaStrategy;
  readonly script: Script;
}

export async function startTestApp(
  bus: EventBus,
  database: Database,
  systemDatabase: Database,
  options: Partial<KafkaStrategyOptions> = {},
): Promise<TestApp> {
  const script = new Script();
  const module = await Test.createTestingModule({
    controllers: [ThingsController],
    providers: [{ provide: Script, useValue: script }],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  const strategy = new KafkaStrategy({
    bus,
    groupId: 'test',
    database,
    systemDatabase,
    scopesOf: (owner) => {
      if (owner !== OWNER && owner !== OTHER_OWNER) throw new Error('unknown owner');
      return [owner];
    },
    onFatal: (error) => {
      throw error;
    },
    ...options,
  });
  app.connectMicroservice({ strategy });
  await app.startAllMicroservices();
  await app.init();
  return { app, strategy, script };
}
