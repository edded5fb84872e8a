import type { INestApplication } from '@nestjs/common';

export interface ApiDocumentOptions {
  readonly title: string;
  readonly version: string;
}

/** OpenAPI document of the routes, schemas taken from their zod schemas. */
export async function apiDocument(app: INestApplication, options: ApiDocumentOptions): Promise<object> {
  // Loaded on demand: the generator is only needed by whoever reads the document.
  const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
  const config = new DocumentBuilder()
    .setTitle(options.title)
    .setVersion(options.version)
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth()
    .addSecurityRequirements('bearer')
    .build();
  return SwaggerModule.createDocument(app, config);
}
