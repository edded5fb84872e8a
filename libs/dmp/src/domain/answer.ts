/** What came back of a deposit attempt, as far as it could be read. */
export type DmpAnswer =
  /** Not taken: no connection, TLS failure, or an HTTP status that says so (429, 502, 503, 504). */
  | { readonly kind: 'not-taken'; readonly code: string; readonly retryAfterMs?: number }
  /** Nothing is known of what the DMP did: time-out, reset, unreadable or empty answer. */
  | { readonly kind: 'unknown'; readonly code: string }
  /** A SOAP fault: codes from outside to inside. */
  | { readonly kind: 'fault'; readonly code: string; readonly subcodes: readonly string[]; readonly reason: string }
  | {
      readonly kind: 'response';
      readonly status: 'Success' | 'PartialSuccess' | 'Failure';
      readonly errors: readonly {
        readonly errorCode: string;
        readonly codeContext: string;
        readonly severity: 'Error' | 'Warning';
      }[];
    };

/** What follows from an answer (reliability rules: effects at the DMP). */
export type Decision =
  | { readonly kind: 'accepted' }
  /** Final business answer: told to the sender, never tried again. */
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  /** May pass later. `limited` = may also never pass: only a bounded number of tries. */
  | {
      readonly kind: 'retry';
      readonly code: string;
      readonly text: string;
      readonly limited: boolean;
      readonly afterMs?: number;
    }
  /** Perhaps done: ask the registry before anything else. */
  | { readonly kind: 'reconcile'; readonly code: string }
  /** A person must act. `inDoubt` = the document may be there all the same: a replay asks the registry first. */
  | { readonly kind: 'parked'; readonly code: string; readonly text: string; readonly inDoubt: boolean };

export interface DecisionSettings {
  /** Official codes that are a final business answer; the DMP guide's list, where it is known, is set here. */
  readonly refusalCodes: ReadonlySet<string>;
}

/** Codes that the two sources name as business outcomes (interop §5.8); a group completes them by setting. */
export const defaultRefusalCodes = ['DMPClosed', 'XDSUnknownPatientId'] as const;

const transient = new Set([
  'XDSRegistryBusy',
  'XDSRepositoryBusy',
  'XDSRegistryOutOfResources',
  'XDSRepositoryOutOfResources',
  'XDSRegistryNotAvailable',
]);
/** IHE gives these two to every internal failure: some pass, some never do. */
const perhapsTransient = new Set(['XDSRegistryError', 'XDSRepositoryError']);
const perhapsDone = new Set(['XDSDuplicateUniqueIdInRegistry', 'XDSRegistryDeprecatedDocumentError']);

/** Classifies an answer to ITI-41 for one document. Pure. */
export function decide(answer: DmpAnswer, settings: DecisionSettings): Decision {
  switch (answer.kind) {
    case 'not-taken':
      return {
        kind: 'retry',
        code: answer.code,
        text: 'Le DMP ne répond pas : nouvel essai automatique.',
        limited: false,
        ...(answer.retryAfterMs === undefined ? {} : { afterMs: answer.retryAfterMs }),
      };
    case 'unknown':
      return { kind: 'reconcile', code: answer.code };
    case 'fault':
      return ofFault(answer, settings);
    case 'response':
      return ofResponse(answer, settings);
  }
}

function ofFault(answer: DmpAnswer & { kind: 'fault' }, settings: DecisionSettings): Decision {
  const { subcodes, reason } = answer;
  const code = subcodes.at(-1) ?? answer.code;
  if (settings.refusalCodes.has(code)) return { kind: 'refused', code, text: reason };
  // The server's own failure, without a word on what it had done by then.
  if (answer.code === 'Receiver' && subcodes.length === 0) return { kind: 'reconcile', code };
  return { kind: 'parked', code, text: reason, inDoubt: false };
}

function ofResponse(answer: DmpAnswer & { kind: 'response' }, settings: DecisionSettings): Decision {
  if (answer.status === 'Success') return { kind: 'accepted' };
  const errors = answer.errors.filter((error) => error.severity === 'Error');
  const partly = answer.status === 'PartialSuccess';
  // A set holds one document: a partial success without an error about it is a success of that document.
  if (partly && errors.length === 0) return { kind: 'accepted' };
  const first = errors[0] ?? answer.errors[0];
  if (!first) return { kind: 'reconcile', code: 'EMPTY_FAILURE' };
  const find = (codes: ReadonlySet<string>) => errors.find((error) => codes.has(error.errorCode));
  const refused = find(settings.refusalCodes);
  if (refused) return { kind: 'refused', code: refused.errorCode, text: refused.codeContext };
  const done = find(perhapsDone);
  if (done) return { kind: 'reconcile', code: done.errorCode };
  const passing =
    errors.length > 0 && errors.every(({ errorCode }) => transient.has(errorCode) || perhapsTransient.has(errorCode));
  if (!passing) return { kind: 'parked', code: first.errorCode, text: first.codeContext, inDoubt: partly };
  if (partly) return { kind: 'reconcile', code: first.errorCode };
  return {
    kind: 'retry',
    code: first.errorCode,
    text: first.codeContext,
    limited: errors.some((error) => perhapsTransient.has(error.errorCode)),
  };
}
