import type { DynamicModule } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { startService, type RunningService, type ShutdownStep } from '@pfi/platform-http';
import { KafkaEventBus, KafkaStrategy, Outbox, ParkedEvents, Relay } from '@pfi/platform-messaging';
import {
  assertSchemaCurrent,
  Database,
  JobQueue,
  type DatabaseOptions,
  type JobRunner,
  type MigrationClass,
} from '@pfi/platform-postgres';
import { Ght, loadGhtFile } from '@pfi/platform-settings';
import { createLogger, runInTrace, startTelemetry, type Logger, type Telemetry } from '@pfi/platform-telemetry';
import { AccessTrail } from './access/access-trail.js';
import { accessTrailTasks } from './access/access-trail-tasks.js';
import { accessesController } from './access/accesses.controller.js';
import { parkedEventsController } from './parked-events.controller.js';
import { ClockWatch } from './clock/index.js';
import { DoorPressure } from './door-pressure.js';
import { PeriodicTasks, type PeriodicTask } from './periodic-tasks.js';
import { RepublicationController } from './republication.controller.js';
import { Republication, type RepublicationPart } from './republication.js';
import { TenantAudit } from './tenant-audit.js';
import type { ServiceSettings } from './variables.js';
import { watch } from './watchdog-metrics.js';

/** Events wait this long for the doors to be free, before a few of them go all the same. */
const GIVE_WAY_MS = 1_000;

export interface PlatformOptions {
  /** Name of the service in logs, traces and consumer groups: `documents`. */
  readonly name: string;
  /** PostgreSQL schema: `documents`. */
  readonly schema: string;
  readonly migrations: readonly MigrationClass[];
  readonly settings: ServiceSettings;
  /** `any` for a service that reads whole tables. Default `lookups`. */
  readonly plans?: DatabaseOptions['plans'];
  /** How long events gather for one fetch when nobody waits for what this service makes of them, in milliseconds. Default 20. */
  readonly gatherMs?: number;
}

type Runner = Pick<JobRunner, 'start' | 'stop' | 'pause' | 'resume'>;

export interface ServiceParts {
  readonly module: DynamicModule;
  /** Transports beside Kafka. */
  readonly strategies?: readonly CustomTransportStrategy[];
  /** They take no job while the clock of this instance is off. */
  readonly runners?: readonly Runner[];
  readonly tasks?: readonly PeriodicTask[];
  /** State that this service owns: it gets `POST /internal/v1/republish`. Its migrations run `republicationTable()`. */
  readonly republication?: readonly RepublicationPart[];
  /** Closed after the runners, before the databases. */
  readonly closing?: readonly ShutdownStep[];
}

class ServiceModule {}

/** The parts that every service has: GHT file, PostgreSQL, Kafka, outbox, relay, jobs, telemetry; opened and closed in order. */
export class ServicePlatform {
  readonly jobs = new JobQueue();
  readonly audit: TenantAudit;
  /** What is signed here, or dated for others to judge, asks it first. */
  readonly clock: ClockWatch;

  private constructor(
    private readonly options: PlatformOptions,
    readonly ght: Ght,
    readonly logger: Logger,
    readonly database: Database,
    /** Role that sees outbox, inbox, jobs and access trail of every owner, and nothing else. */
    readonly systemDatabase: Database,
    /** A pool of its own for reading contents while a transaction is open. */
    readonly contentDatabase: Database,
    private readonly bus: KafkaEventBus,
    private readonly relay: Relay,
    private readonly telemetry: Telemetry,
    readonly outbox: Outbox,
    /** Messages at the doors of this process go first. */
    readonly doors: DoorPressure,
  ) {
    this.audit = new TenantAudit(database, () => ght.owners(), logger);
    const { warnOffset: warnMs, refuseOffset: refuseMs } = ght.file.delays.clock;
    this.clock = new ClockWatch({ database: systemDatabase, limits: { warnMs, refuseMs }, logger });
  }

  /** Raises SettingsError, DATABASE_UNAVAILABLE, SCHEMA_NOT_CURRENT. */
  static async open(options: PlatformOptions): Promise<ServicePlatform> {
    const { name, schema, settings, plans = 'lookups', gatherMs } = options;
    const telemetry = await startTelemetry({ service: name });
    const logger = createLogger(name);
    const ght = new Ght(loadGhtFile(settings.PFI_GHT_FILE));
    const onError = (error: unknown) => logger.warn({ code: codeOf(error) }, 'database connection lost');
    const open = (url: string, poolSize: number, planned = plans) =>
      Database.open({ url, schema, poolSize, plans: planned, applicationName: `pfi-${name}`, onError });
    const database = await open(settings.PFI_DATABASE_URL, settings.PFI_DATABASE_POOL_SIZE);
    await assertSchemaCurrent(database, schema, options.migrations);
    // Jobs, slots, circuits: planning how to claim jobs cost more than claiming them.
    const systemDatabase = await open(settings.PFI_DATABASE_SYSTEM_URL, 8, 'fixed');
    const contentDatabase = await open(settings.PFI_DATABASE_URL, 4);
    const bus = new KafkaEventBus({
      ...kafkaOptions(settings),
      clientId: `pfi-${name}`,
      logger,
      ...(gatherMs === undefined ? {} : { gatherMs }),
    });
    const doors = new DoorPressure();
    const relay = new Relay({
      bus,
      source: name,
      url: settings.PFI_DATABASE_SYSTEM_URL,
      schema,
      logger,
      // Woken by each commit of this process; the poll is for those of other instances.
      pollMs: 1_000,
      giveWay: () => doors.relief(GIVE_WAY_MS),
    });
    const outbox = new Outbox({ relay });
    return new ServicePlatform(
      options,
      ght,
      logger,
      database,
      systemDatabase,
      contentDatabase,
      bus,
      relay,
      telemetry,
      outbox,
      doors,
    );
  }

  /** Runs the service until it is told to stop. Order of the stop: reliability rules, databases last. */
  async run({
    module,
    strategies = [],
    runners: ownRunners = [],
    tasks = [],
    republication: parts = [],
    closing = [],
  }: ServiceParts): Promise<RunningService> {
    const { name, settings } = this.options;
    const kafka = this.consumer();
    const periodic = this.periodicTasks([...tasks, ...this.trailTasks()]);
    const republication = parts.length > 0 ? this.republicationOf(parts) : undefined;
    const runners = republication ? [...ownRunners, republication.runner] : ownRunners;
    const unwatched = watch({
      relay: this.relay,
      consumer: kafka,
      systemDatabase: this.systemDatabase,
      pools: { service: this.database, system: this.systemDatabase, content: this.contentDatabase },
    });
    await this.watchClock([...runners, periodic]);
    for (const runner of runners) runner.start();
    periodic.start();
    this.relay.start();
    return startService({
      name,
      logger: this.logger,
      apiPath: this.apiPath,
      module: this.completed(module, kafka, republication),
      microservices: [...strategies, kafka],
      config: {
        port: settings.PFI_HTTP_PORT,
        auth: {
          issuers: settings.PFI_OIDC_ISSUERS,
          machineIssuer: settings.PFI_OIDC_MACHINE_ISSUER,
          people: this.ght.file.people,
          expandScopes: (scopes) => [...this.ght.expandScopes(scopes)],
        },
      },
      // Not the broker: while it is away the doors must go on taking messages in.
      // Nor the clock where there are doors: should PostgreSQL's be the wrong one, none would be left open.
      readiness: {
        database: () => this.database.ping(),
        ...(strategies.length === 0 ? { clock: () => this.clock.assertMayDate() } : {}),
      },
      shutdown: [
        { name: 'watchdogs', stop: unwatched },
        { name: 'periodic', stop: () => periodic.stop() },
        ...runners.map((runner) => ({ name: 'jobs', stop: async () => void (await runner.stop()) })),
        { name: 'relay', stop: () => this.relay.close() },
        { name: 'bus', stop: () => this.bus.close() },
        { name: 'clock', stop: () => this.clock.stop() },
        ...closing,
        { name: 'telemetry', stop: () => this.telemetry.shutdown() },
      ],
      database: { close: () => this.closeDatabases() },
    });
  }

  /** While this instance's clock is off, others do the work. */
  private async watchClock(runners: readonly Pick<Runner, 'pause' | 'resume'>[]): Promise<void> {
    const follow = (mayDate: boolean): void => {
      for (const runner of runners)
        if (mayDate) runner.resume();
        else runner.pause();
    };
    follow(false);
    this.clock.onChange(follow);
    await this.clock.start();
  }

  /** `api/documents/v1`, `api/dmp/v1`: what a service is about, whatever it is called. */
  private get apiPath(): string {
    return `api/${this.options.name.replace(/-gateway$/, '')}/v1`;
  }

  private republicationOf(parts: readonly RepublicationPart[]): Republication {
    const { database, systemDatabase, jobs, outbox, logger } = this;
    const scopesOf = (owner: string) => this.ght.scopesOfOwner(owner);
    return new Republication({ database, systemDatabase, jobs, outbox, logger, scopesOf, parts });
  }

  /** What every service has besides its own. */
  private completed(
    module: DynamicModule,
    kafka: KafkaStrategy,
    republication: Republication | undefined,
  ): DynamicModule {
    return {
      module: ServiceModule,
      imports: [module],
      controllers: [
        parkedEventsController(this.apiPath),
        accessesController(this.apiPath),
        ...(republication ? [RepublicationController] : []),
      ],
      providers: [
        { provide: ParkedEvents, useValue: kafka.parkedEvents },
        { provide: AccessTrail, useValue: new AccessTrail(this.database) },
        ...(republication ? [{ provide: Republication, useValue: republication }] : []),
      ],
    };
  }

  private trailTasks(): PeriodicTask[] {
    const { systemDatabase, logger } = this;
    return accessTrailTasks({ systemDatabase, logger, keepMs: this.ght.file.retention.accesses });
  }

  private periodicTasks(tasks: readonly PeriodicTask[]): PeriodicTasks {
    const { systemDatabase, jobs, logger } = this;
    return new PeriodicTasks({ systemDatabase, jobs, logger, tasks });
  }

  private consumer(): KafkaStrategy {
    return new KafkaStrategy({
      bus: this.bus,
      groupId: this.options.name,
      database: this.database,
      systemDatabase: this.systemDatabase,
      scopesOf: (owner) => this.ght.scopesOfOwner(owner),
      runInTrace,
      logger: this.logger,
      gapLimitMs: this.ght.file.delays.sequenceWait,
    });
  }

  private async closeDatabases(): Promise<void> {
    await Promise.all([this.database, this.systemDatabase, this.contentDatabase].map((database) => database.close()));
  }
}

/** How the environment says to reach Kafka; also for the command that creates topics. */
export function kafkaOptions(
  settings: Pick<
    ServiceSettings,
    | 'PFI_KAFKA_BROKERS'
    | 'PFI_KAFKA_TOPIC_PREFIX'
    | 'PFI_KAFKA_SASL_MECHANISM'
    | 'PFI_KAFKA_SASL_USERNAME'
    | 'PFI_KAFKA_SASL_PASSWORD_FILE'
    | 'PFI_KAFKA_TLS_CA_FILE'
  >,
): Omit<ConstructorParameters<typeof KafkaEventBus>[0], 'clientId'> {
  const { PFI_KAFKA_SASL_MECHANISM: mechanism, PFI_KAFKA_SASL_USERNAME: username } = settings;
  const ca = settings.PFI_KAFKA_TLS_CA_FILE;
  return {
    brokers: settings.PFI_KAFKA_BROKERS,
    topicPrefix: settings.PFI_KAFKA_TOPIC_PREFIX,
    ...(mechanism && username
      ? { sasl: { mechanism, username, password: settings.PFI_KAFKA_SASL_PASSWORD_FILE ?? '' } }
      : {}),
    ...(ca ? { tls: { ca } } : {}),
  };
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? 'UNKNOWN');
