/** A coded value: code, OID (or scheme) of its system, label. */
export interface Coded {
  readonly code: string;
  readonly system: string;
  readonly label: string;
}
