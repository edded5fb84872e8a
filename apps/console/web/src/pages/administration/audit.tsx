import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { accessSchema } from '../../api/operations.js';
import { useList } from '../../api/use-list.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { ListTable } from '../../parts/table.js';
import { PatientLink } from '../../shell/patient-link.js';
import { preciseInstant } from '../../words/dates.js';
import { accessActions } from '../../words/states.js';

const services = [
  { value: 'documents', label: 'Documents' },
  { value: 'identity', label: 'Identités' },
  { value: 'dmp', label: 'DMP' },
  { value: 'mss', label: 'MSSanté' },
  { value: 'indicators', label: 'Indicateurs' },
];

/** Who looked at what, and did what: each service keeps its own trail. */
export function Audit() {
  const [service, setService] = useState('documents');
  const list = useList(`/api/${service}/v1/accesses`, accessSchema);
  return (
    <Block
      title="Consultations tracées"
      aside={<SegmentedControl aria-label="Traces montrées" value={service} onChange={setService} data={services} />}
    >
      <ListTable
        caption="Consultations tracées"
        noun={['consultation', 'consultations']}
        list={list}
        keyOf={({ id }) => id}
        empty={<Blank title="Aucune consultation tracée." />}
        columns={[
          { title: 'Quand', kind: 'nowrap', cell: ({ at }) => preciseInstant(at) },
          { title: 'Qui', cell: ({ subject, machine }) => (machine ? `${subject} (logiciel)` : subject) },
          {
            title: 'Quoi',
            cell: ({ action, outcome }) =>
              outcome === 'SUCCESS' ? (
                (accessActions[action] ?? action)
              ) : (
                <>
                  {accessActions[action] ?? action} <code className="soft">{outcome}</code>
                </>
              ),
          },
          { title: 'Objet', cell: ({ patients, documents }) => <Objects patients={patients} documents={documents} /> },
        ]}
      />
    </Block>
  );
}

function Objects({
  patients,
  documents,
}: {
  readonly patients: readonly string[];
  readonly documents: readonly string[];
}) {
  const [patient, document] = [
    patients.length === 1 ? patients[0] : undefined,
    documents.length === 1 ? documents[0] : undefined,
  ];
  return (
    <>
      {document ? <Link to={`/documents/${document}`}>Voir le document</Link> : count(documents.length, 'documents')}
      {documents.length > 0 && patients.length > 0 && ' · '}
      {patient ? <PatientLink id={patient} /> : count(patients.length, 'identités')}
    </>
  );
}

const count = (many: number, what: string): string => (many > 0 ? `${many} ${what}` : '');
