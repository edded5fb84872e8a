import { useSearchParams } from 'react-router';
import { documentSchema } from '../../api/documents.js';
import { useList } from '../../api/use-list.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { ListTable } from '../../parts/table.js';
import { PageHead } from '../../parts/page-head.js';
import { nextDay, startOfDay } from '../../words/dates.js';
import { documentColumns } from './columns.js';
import { DocumentFilters, filterNames } from './filters.js';

/** Documents of the scope, found by what does not name a person; a patient's are reached from the patient's page. */
export function Documents() {
  const [params] = useSearchParams();
  const { from, to, ...filter } = Object.fromEntries(
    filterNames.flatMap((name) => (params.get(name) ? [[name, params.get(name) ?? '']] : [])),
  );
  const list = useList(
    '/api/documents/v1/documents',
    documentSchema,
    {
      ...filter,
      ...(from ? { from: startOfDay(from) } : {}),
      ...(to ? { to: startOfDay(nextDay(to)) } : {}),
    },
    { refreshMs: 10_000 },
  );
  return (
    <>
      <PageHead title="Documents">
        Un document retrouvé par son état, sa source, son séjour ou son numéro. Pour un patient, partir de la page
        Patients.
      </PageHead>
      <div className="stack">
        <section className="block" aria-label="Filtres">
          <DocumentFilters key={params.toString()} />
        </section>
        <Block title="Documents reçus, du plus récent au plus ancien">
          <ListTable
            caption="Documents"
            noun={['document', 'documents']}
            list={list}
            keyOf={({ id }) => id}
            columns={documentColumns}
            empty={<Blank title="Aucun document.">Élargir les dates ou retirer un filtre.</Blank>}
          />
        </Block>
      </div>
    </>
  );
}
