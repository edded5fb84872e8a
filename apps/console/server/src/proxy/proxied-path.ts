/** The APIs served at the console's origin, by the name in their path. */
export const apis = ['identity', 'documents', 'dmp', 'mss', 'indicators'] as const;
export type Api = (typeof apis)[number];

export interface ProxiedPath {
  readonly api: Api;
  /** Path and query for the service, as they came. */
  readonly path: string;
}

const PATH = /^\/api\/([a-z]+)\/v1((?:\/[A-Za-z0-9\-._~!$&'()*+,;=:@%]*)*)$/;
const QUERY = /^[\x21-\x7e]*$/;
const LONGEST = 8_192;

/**
 * Which service a request target (`/path?query`) is for. Undefined for what stands outside `/api/<service>/v1`, however it is spelled:
 * dot segments, empty segments, encoded separators and double encodings are refused rather than resolved, so that a service never reads
 * another path than the one that was judged here.
 */
export function proxiedPath(target: string): ProxiedPath | undefined {
  const mark = target.indexOf('?');
  const [path, query] = mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark)];
  const [, name = '', rest = ''] = PATH.exec(path) ?? [];
  const api = apis.find((known) => known === name);
  if (!api || target.length > LONGEST || !QUERY.test(query)) return undefined;
  const segments = rest.split('/').slice(1);
  // One slash at the end is a spelling that services accept.
  if (segments.at(-1) === '') segments.pop();
  return segments.every(isPlain) ? { api, path: target } : undefined;
}

function isPlain(segment: string): boolean {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    return false;
  }
  return text !== '' && text !== '.' && text !== '..' && !/[/\\%\x00-\x1f\x7f]/.test(text);
}
