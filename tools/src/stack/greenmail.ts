import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { mavenJars } from './maven-jars.js';
import type { PidFiles } from './pid-file.js';
import { SupervisedProcess } from './supervised-process.js';

export interface GreenMailOptions {
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly port: number;
  readonly pids: PidFiles;
  readonly log: (line: string) => void;
  /** told of the process before it is started, so that it is never left behind */
  readonly keep: (process: SupervisedProcess) => void;
}

/** Starts GreenMail on the loopback, by IMAP alone: the store behind the mailboxes of the simulated MSSanté operator. */
export async function startGreenMail(options: GreenMailOptions): Promise<void> {
  const { stateDir, port } = options;
  const jars = await mavenJars('greenmail', options.cacheDir, options.log);
  const folder = join(stateDir, 'greenmail');
  mkdirSync(folder, { recursive: true });
  const properties = {
    'greenmail.imap.port': String(port),
    'greenmail.imap.hostname': '127.0.0.1',
    'greenmail.startup.timeout': '30000',
    // a mailbox is made by its first sign-in; who may sign in is checked by the door before it
    'greenmail.auth.disabled': 'true',
    // Jakarta Mail looks for its provider in the jar again for each part of each mail, unless it is named.
    'jakarta.mail.util.StreamProvider': 'org.eclipse.angus.mail.util.MailStreamProvider',
  };
  const store = new SupervisedProcess(
    {
      name: 'greenmail',
      command: 'java',
      args: [
        // It keeps every mail in its heap: 64 MB were full after some 8,000 notices.
        ...['-Xms64m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-XX:-UsePerfData'],
        ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
        ...['-cp', jars.classPath, 'com.icegreen.greenmail.standalone.GreenMailStandaloneRunner'],
      ],
      env: { PATH: process.env['PATH'], JAVA_HOME: process.env['JAVA_HOME'], TZ: 'UTC' },
      cwd: folder,
      yields: true,
      logFile: join(stateDir, 'logs', 'greenmail.log'),
      stopSignal: 'SIGTERM',
      stopWithinMs: 10_000,
      readyWithinMs: 60_000,
      startAttempts: 2,
      ready: () => greets(port),
    },
    options.pids,
    options.log,
  );
  options.keep(store);
  await store.start();
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(2_000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('data', (chunk: Buffer) => finish(chunk.toString('latin1').startsWith('* OK IMAP4rev1')));
  });
}
