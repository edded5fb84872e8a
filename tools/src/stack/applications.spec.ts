import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '../workspace.js';
import { applicationPlan } from './applications.js';

const command = /^CMD (\[.*\])$/m.exec(readFileSync(join(workspaceRoot, 'docker/Dockerfile'), 'utf8'))?.[1];
const application = { app: 'documents', name: 'documents', env: {}, httpPort: 0, profiled: false } as const;

describe('a service on this machine', () => {
  it('is started with the options of its image', () => {
    const { args } = applicationPlan(application, '/unused');
    expect([...args.slice(0, -1), 'dist/main.js']).toEqual(JSON.parse(command ?? '[]'));
  });
});
