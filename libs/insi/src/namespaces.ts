export const insiSearch = 'http://www.cnamts.fr/INSiRecSans';
export const insiResult = 'http://www.cnamts.fr/INSiResultat';
export const lpsContext = 'urn:siram:lps:ctxlps';
export const bamContext = 'urn:siram:bam:ctxbam';
export const siram = 'urn:siram';
export const searchAction = 'urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite';
