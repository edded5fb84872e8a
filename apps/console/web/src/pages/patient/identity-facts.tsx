import type { Patient } from '../../api/identity.js';
import { Blank } from '../../parts/blank.js';
import { Table } from '../../parts/table.js';
import { day } from '../../words/dates.js';

const sexes: Readonly<Record<string, string>> = { M: 'masculin', F: 'féminin', U: 'inconnu' };

export function TraitsOf({ patient: { traits, ins } }: { readonly patient: Patient }) {
  return (
    <dl className="facts">
      <dt>Nom de naissance</dt>
      <dd>{traits.birthName}</dd>
      <dt>Prénoms de naissance</dt>
      <dd>{traits.birthGivenNames || 'inconnus'}</dd>
      {traits.usedName && (
        <>
          <dt>Nom utilisé</dt>
          <dd>{traits.usedName}</dd>
        </>
      )}
      {traits.usedGivenName && (
        <>
          <dt>Prénom utilisé</dt>
          <dd>{traits.usedGivenName}</dd>
        </>
      )}
      <dt>Date de naissance</dt>
      <dd>{traits.birthDate ? day(traits.birthDate) : 'inconnue'}</dd>
      <dt>Sexe</dt>
      <dd>{sexes[traits.sex] ?? traits.sex}</dd>
      <dt>Lieu de naissance (INSEE)</dt>
      <dd>{traits.birthPlace ?? 'inconnu'}</dd>
      <dt>Matricule INS</dt>
      <dd>{ins.matricule ? <span className="mono">{ins.matricule}</span> : 'aucun'}</dd>
    </dl>
  );
}

export function Identifiers({ patient: { identifiers } }: { readonly patient: Patient }) {
  if (identifiers.length === 0) return <Blank title="Aucun identifiant local." />;
  return (
    <Table
      caption="Identifiants locaux"
      items={identifiers}
      keyOf={({ authority, value }) => `${authority} ${value}`}
      columns={[
        { title: 'Autorité', cell: ({ authority }) => authority },
        { title: 'Valeur', cell: ({ value }) => <span className="mono">{value}</span> },
        { title: 'Type', cell: ({ type }) => type },
      ]}
    />
  );
}
