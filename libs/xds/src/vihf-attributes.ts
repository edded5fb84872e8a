/** Names and constants of the VIHF (CI-SIS, Transport synchrone). */
export const vihfAttribute = {
  structureId: 'Identifiant_Structure',
  activitySector: 'Secteur_Activite',
  subject: 'urn:oasis:names:tc:xspa:1.0:subject:subject-id',
  role: 'urn:oasis:names:tc:xacml:2.0:subject:role',
  version: 'VIHF_Version',
  authenticationMode: 'Authentification_mode',
  resourceId: 'urn:oasis:names:tc:xacml:2.0:resource:resource-id',
  resourceUrn: 'Ressource_URN',
  purposeOfUse: 'urn:oasis:names:tc:xspa:1.0:subject:purposeofuse',
  confidentiality: 'confidentiality-code',
  softwareId: 'LPS_ID',
  softwareName: 'LPS_Nom',
  softwareVersion: 'LPS_Version',
  softwareApproval: 'LPS_ID_HOMOLOGATION_DMP',
} as const;

export const x509SubjectName = 'urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName';
export const authnContext = 'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified';
export const activitySectorSystem = '1.2.250.1.71.4.2.4';

export const normalAccess = {
  code: 'normal',
  system: '1.2.250.1.213.1.1.4.248',
  systemName: 'mode acces VIHF 2.0',
  label: 'Accès normal',
} as const;
