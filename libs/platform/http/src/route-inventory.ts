import { RequestMethod, type INestApplication } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { policyOf, type RoutePolicy } from './route-policy.js';

export interface RouteEntry {
  readonly method: string;
  readonly path: string;
  /** `Controller.method` */
  readonly handler: string;
  /** `none` is a fault: such a route is refused to everybody. */
  readonly policy: RoutePolicy;
}

/** Every HTTP route with its policy, sorted by path, for the test "every route has a policy". */
export function routeInventory(app: INestApplication): readonly RouteEntry[] {
  const scanner = new MetadataScanner();
  const routes = app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ metatype, instance }) => {
      if (!metatype || !instance) return [];
      const prototype = Object.getPrototypeOf(instance) as object;
      return scanner
        .getAllMethodNames(prototype)
        .flatMap((name) => routesOf(metatype, Reflect.get(prototype, name) as object, name));
    });
  return routes.sort((a, b) => `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`));
}

function routesOf(controller: object & { name?: string }, method: object, name: string): RouteEntry[] {
  const verb = Reflect.getMetadata(METHOD_METADATA, method) as RequestMethod | undefined;
  if (verb === undefined) return [];
  return paths(controller).flatMap((base) =>
    paths(method).map((path) => ({
      method: RequestMethod[verb] ?? 'ALL',
      path: `/${base}/${path}`.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1'),
      handler: `${controller.name ?? ''}.${name}`,
      policy: policyOf(controller, method),
    })),
  );
}

function paths(target: object): string[] {
  return [Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined].flat().map((path) => path ?? '');
}
