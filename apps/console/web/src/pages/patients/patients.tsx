import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { pageOf, post } from '../../api/client.js';
import { fullName, patientSchema, type Patient } from '../../api/identity.js';
import { Badge } from '../../parts/badge.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import { PageHead } from '../../parts/page-head.js';
import { Table, type Column } from '../../parts/table.js';
import { day } from '../../words/dates.js';
import { many } from '../../words/numbers.js';
import { identityStatuses } from '../../words/states.js';

type Way = 'traits' | 'ins' | 'ipp';

const columns: readonly Column<Patient>[] = [
  {
    title: 'Patient',
    cell: ({ id, traits, mergedInto }) => (
      <>
        <Link to={`/patients/${id}`}>{fullName(traits)}</Link>
        {mergedInto && <div className="soft small">fusionné depuis</div>}
      </>
    ),
  },
  { title: 'Né(e) le', kind: 'nowrap', cell: ({ traits }) => (traits.birthDate ? day(traits.birthDate) : 'inconnu') },
  { title: 'Sexe', cell: ({ traits }) => traits.sex },
  {
    title: 'IPP',
    cell: ({ identifiers }) =>
      identifiers
        .filter(({ type }) => type === 'PI')
        .map(({ value }) => value)
        .join(', '),
  },
  { title: 'Statut', kind: 'nowrap', cell: ({ ins }) => <Badge words={identityStatuses} state={ins.status} /> },
  { title: 'Domaine', cell: ({ domain }) => domain },
];

/** Traits and numbers travel in the body of the request and stay out of the address. */
export function Patients() {
  const [way, setWay] = useState<Way>('traits');
  const [asked, setAsked] = useState<Record<string, unknown>>();
  const search = useMutation({
    mutationFn: (body: Record<string, unknown>) =>
      post('/api/identity/v1/patients/search', pageOf(patientSchema), body),
  });
  const [found, setFound] = useState<readonly Patient[]>([]);
  const run = async (body: Record<string, unknown>, before: readonly Patient[] = []) => {
    setAsked(body);
    const page = await search.mutateAsync(body).catch(() => undefined);
    if (page) setFound([...before, ...page.items]);
  };
  const next = search.data?.next;
  return (
    <>
      <PageHead title="Patients">
        Recherche par nom de naissance et date de naissance, par matricule INS, ou par IPP. Chaque recherche est tracée.
      </PageHead>
      <div className="stack">
        <section className="block" aria-label="Recherche">
          <form
            className="filters"
            role="search"
            aria-label="Patients"
            autoComplete="off"
            onSubmit={(event) => {
              event.preventDefault();
              void run(criteria(way, new FormData(event.currentTarget)));
            }}
          >
            <NativeSelect
              label="Chercher par"
              value={way}
              onChange={(event) => setWay(event.currentTarget.value as Way)}
              data={[
                { value: 'traits', label: 'Nom et date de naissance' },
                { value: 'ins', label: 'Matricule INS' },
                { value: 'ipp', label: 'IPP' },
              ]}
            />
            {way === 'traits' && (
              <>
                <TextInput name="name" label="Nom de naissance" required minLength={2} w={220} />
                <TextInput name="birthDate" label="Date de naissance" type="date" required />
              </>
            )}
            {way === 'ins' && (
              <TextInput name="matricule" label="Matricule INS" required minLength={13} maxLength={15} w={190} />
            )}
            {way === 'ipp' && (
              <>
                <TextInput name="authority" label="Autorité (nom ou OID)" required w={220} />
                <TextInput name="value" label="IPP" required w={160} />
              </>
            )}
            <Button type="submit" loading={search.isPending}>
              Chercher
            </Button>
          </form>
        </section>
        <div aria-live="polite">
          {search.error && <Fault error={search.error} />}
          {search.isPending && found.length === 0 && <Loading what="les patients" />}
          {!asked && (
            <div className="block">
              <Blank title="Aucune recherche en cours.">
                Indiquer un nom et une date de naissance, un INS ou un IPP.
              </Blank>
            </div>
          )}
          {search.data && (
            <Block
              title={
                found.length === 0 ? 'Aucun patient trouvé' : many(found.length, 'patient trouvé', 'patients trouvés')
              }
            >
              {found.length === 0 ? (
                <Blank title="Aucune identité ne répond à cette recherche dans votre périmètre.">
                  Vérifier l’orthographe du nom de naissance et la date.
                </Blank>
              ) : (
                <Table caption="Patients trouvés" items={found} keyOf={({ id }) => id} columns={columns} />
              )}
              {next && asked && (
                <div className="foot">
                  <Button size="xs" variant="default" onClick={() => void run({ ...asked, cursor: next }, found)}>
                    Afficher la suite
                  </Button>
                </div>
              )}
            </Block>
          )}
        </div>
      </div>
    </>
  );
}

function criteria(way: Way, form: FormData): Record<string, unknown> {
  const told = (name: string) => String(form.get(name) ?? '').trim();
  if (way === 'ins') return { ins: { matricule: told('matricule').replaceAll(' ', '') } };
  if (way === 'ipp') return { ipp: { authority: told('authority'), value: told('value') } };
  return { name: told('name'), birthDate: told('birthDate') };
}
