import { auditSchema } from '../../api/operations.js';
import { useList } from '../../api/use-list.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { ListTable } from '../../parts/table.js';
import { preciseInstant } from '../../words/dates.js';

/** Who looked at what: the console's own record. */
export function Audit() {
  const list = useList('/api/console/v1/audit', auditSchema);
  return (
    <Block title="Consultations tracées">
      <ListTable
        caption="Consultations tracées"
        noun={['consultation', 'consultations']}
        list={list}
        keyOf={({ id }) => id}
        empty={<Blank title="Aucune consultation tracée." />}
        columns={[
          { title: 'Quand', kind: 'nowrap', cell: ({ at }) => preciseInstant(at) },
          { title: 'Qui', cell: ({ subject }) => subject },
          { title: 'Quoi', cell: ({ action }) => action },
          { title: 'Objet', cell: ({ object }) => object && <code>{object}</code> },
        ]}
      />
    </Block>
  );
}
