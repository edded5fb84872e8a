import { Link } from 'react-router';
import { orphanSchema } from '../../api/indicators.js';
import { useList } from '../../api/use-list.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { ListTable } from '../../parts/table.js';
import { usePerimeters } from '../../shell/use-perimeters.js';
import { documentType } from '../../words/document-types.js';
import { instant } from '../../words/dates.js';

/** Documents that count for no stay, because none can be found for them. */
export function Orphans({ perimeter }: { readonly perimeter: string | undefined }) {
  const { nameOf } = usePerimeters();
  const list = useList('/api/indicators/v1/orphans', orphanSchema, { perimeter, limit: 20 });
  return (
    <Block title="Documents sans séjour connu">
      <ListTable
        caption="Documents sans séjour connu"
        noun={['document', 'documents']}
        list={list}
        keyOf={({ documentId }) => documentId}
        empty={<Blank title="Aucun : chaque document est rattaché à un séjour." />}
        columns={[
          { title: 'Reçu', kind: 'nowrap', cell: ({ receivedAt }) => instant(receivedAt) },
          {
            title: 'Document',
            cell: ({ documentId, typeCode }) => <Link to={`/documents/${documentId}`}>{documentType(typeCode)}</Link>,
          },
          { title: 'Établissement', cell: ({ establishment }) => nameOf(establishment) },
          { title: 'Séjour indiqué', cell: ({ stay }) => stay?.number ?? <span className="soft">aucun</span> },
          { title: 'Motif', cell: ({ reason }) => reason.text },
        ]}
      />
    </Block>
  );
}
