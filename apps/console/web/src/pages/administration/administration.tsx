import { destinationSchema, mailboxSchema } from '../../api/operations.js';
import { useList } from '../../api/use-list.js';
import { Badge } from '../../parts/badge.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { PageHead } from '../../parts/page-head.js';
import { ListTable } from '../../parts/table.js';
import { useSession } from '../../shell/session-context.js';
import { usePerimeters } from '../../shell/use-perimeters.js';
import { instant } from '../../words/dates.js';
import { circuitStates } from '../../words/states.js';
import { Audit } from './audit.js';

/** The ways out of the platform, and who looked at what. */
export function Administration() {
  const { can } = useSession();
  return (
    <>
      <PageHead title="Administration">Les raccordements de la plateforme, et les consultations tracées.</PageHead>
      <div className="stack">
        {can('reader', 'operator') && (
          <>
            <Destinations service="dmp" title="Destinations DMP" />
            <Destinations service="mss" title="Destinations MSSanté" />
            <Mailboxes />
          </>
        )}
        {can('admin') && <Audit />}
      </div>
    </>
  );
}

function Destinations({ service, title }: { readonly service: 'dmp' | 'mss'; readonly title: string }) {
  const { nameOf } = usePerimeters();
  const list = useList(`/api/${service}/v1/destinations`, destinationSchema, {}, { refreshMs: 5_000 });
  return (
    <Block title={title}>
      <ListTable
        caption={title}
        noun={['destination', 'destinations']}
        list={list}
        keyOf={({ destination, owner }) => destination + owner}
        empty={
          <Blank title="Toutes les destinations répondent.">
            Une destination n’apparaît ici qu’après un premier incident.
          </Blank>
        }
        columns={[
          { title: 'Destination', cell: ({ destination }) => <code>{destination}</code> },
          { title: 'Entité', cell: ({ owner }) => nameOf(owner.replace(/^ej:/, '')) },
          { title: 'État', kind: 'nowrap', cell: ({ state }) => <Badge words={circuitStates} state={state} /> },
          { title: 'Échecs récents', kind: 'num', cell: ({ failures, remembered }) => `${failures} / ${remembered}` },
          { title: 'Interrompu le', kind: 'nowrap', cell: ({ openedAt }) => (openedAt ? instant(openedAt) : '') },
          {
            title: 'Prochain essai',
            kind: 'nowrap',
            cell: ({ nextProbeAt }) => (nextProbeAt ? instant(nextProbeAt) : ''),
          },
        ]}
      />
    </Block>
  );
}

function Mailboxes() {
  const { nameOf } = usePerimeters();
  const list = useList('/api/mss/v1/mailboxes', mailboxSchema);
  return (
    <Block title="Boîtes MSSanté">
      <ListTable
        caption="Boîtes MSSanté"
        noun={['boîte', 'boîtes']}
        list={list}
        keyOf={({ address }) => address}
        empty={<Blank title="Aucune boîte déclarée dans le fichier du GHT." />}
        columns={[
          { title: 'Adresse', cell: ({ address }) => <span className="mono">{address}</span> },
          { title: 'Entité', cell: ({ legalEntity }) => (legalEntity ? nameOf(legalEntity) : '') },
        ]}
      />
    </Block>
  );
}
