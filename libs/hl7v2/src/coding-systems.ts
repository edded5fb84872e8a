/** Names of coding systems in CE.3/CWE.3 and their OID. */
const OID_BY_NAME: Readonly<Record<string, string>> = {
  LN: '2.16.840.1.113883.6.1',
  LOINC: '2.16.840.1.113883.6.1',
  TRE_A05: '1.2.250.1.213.1.1.4.12',
  'TRE_A05-TYPEDOCCOMPLCI-SIS': '1.2.250.1.213.1.1.4.12',
};

/** OID of a coding system named in a message; an unknown name is kept as written. */
export function codingSystemOid(name: string): string {
  return OID_BY_NAME[name.toUpperCase()] ?? name;
}

/** What a message writes for the OID of a coding system. */
export function codingSystemName(oid: string): string {
  return oid === OID_BY_NAME['LN'] ? 'LN' : oid;
}
