import { DomainError, type ErrorKind } from '@pfi/health';

const kindOfStatus: Readonly<Record<number, ErrorKind>> = {
  401: 'forbidden',
  403: 'forbidden',
  404: 'not-found',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

export interface ProblemOptions {
  readonly cause?: unknown;
  /** JSON pointer into the body, or the name of a parameter. */
  readonly pointer?: string;
  readonly errors?: readonly FieldProblem[];
}

export interface FieldProblem {
  readonly pointer: string;
  readonly text: string;
}

/** An error with an HTTP status that no `kind` expresses: 401, 413, 415, 422, 429, 502, 504. */
export class HttpProblem extends DomainError {
  readonly kind: ErrorKind;
  readonly pointer: string | undefined;
  readonly errors: readonly FieldProblem[] | undefined;

  constructor(
    readonly status: number,
    readonly code: string,
    readonly textFr: string,
    options: ProblemOptions = {},
  ) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kindOfStatus[status] ?? 'invalid';
    this.pointer = options.pointer;
    this.errors = options.errors;
  }
}

/** 400 `BODY_INVALID`. */
export function bodyInvalid(textFr: string, pointer: string, errors?: readonly FieldProblem[]): HttpProblem {
  return new HttpProblem(400, 'BODY_INVALID', textFr, { pointer, ...(errors && { errors }) });
}

/** RFC 6901 pointer of a path. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
