import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useSearchParams } from 'react-router';
import { documentStates } from '../../words/states.js';
import { PatientLink } from '../../shell/patient-link.js';

/** What may stand in an address: never a trait of a patient. `patient` is our own id, not a number that a person carries. */
export const filterNames = ['state', 'source', 'stay', 'controlId', 'documentId', 'patient', 'from', 'to'] as const;

const stateChoices = [
  { value: '', label: 'Tous les états' },
  ...Object.entries(documentStates).map(([value, { label }]) => ({ value, label })),
];

export function DocumentFilters() {
  const [params, setParams] = useSearchParams();
  const value = (name: (typeof filterNames)[number]) => params.get(name) ?? '';
  return (
    <form
      className="filters"
      role="search"
      aria-label="Documents"
      onSubmit={(event) => {
        event.preventDefault();
        const told = new FormData(event.currentTarget);
        const kept = filterNames.flatMap((name) => {
          const given = told.get(name);
          return typeof given === 'string' && given.trim() ? [[name, given.trim()] as [string, string]] : [];
        });
        setParams(new URLSearchParams(kept));
      }}
    >
      <NativeSelect name="state" label="État" data={stateChoices} defaultValue={value('state')} />
      <TextInput name="source" label="Source" placeholder="dpi-a" defaultValue={value('source')} w={120} />
      <TextInput name="stay" label="Séjour" defaultValue={value('stay')} w={140} />
      <TextInput name="controlId" label="Message (MSH-10)" defaultValue={value('controlId')} w={150} />
      <TextInput name="documentId" label="Identifiant (OID)" defaultValue={value('documentId')} w={190} />
      <TextInput type="date" name="from" label="Reçu du" defaultValue={value('from')} />
      <TextInput type="date" name="to" label="au" defaultValue={value('to')} />
      {value('patient') && (
        <span className="row">
          <input type="hidden" name="patient" value={value('patient')} />
          <span className="small">
            D’un seul patient : <PatientLink id={value('patient')} />
          </span>
        </span>
      )}
      <Button type="submit">Chercher</Button>
      <Button variant="default" onClick={() => setParams(new URLSearchParams())}>
        Tout effacer
      </Button>
    </form>
  );
}
