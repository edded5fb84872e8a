import { useQueryClient } from '@tanstack/react-query';
import { post } from '../../api/client.js';
import { parkedEventSchema, replaySchema } from '../../api/operations.js';
import { useList } from '../../api/use-list.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { ConfirmAction } from '../../parts/confirm.js';
import { ListTable } from '../../parts/table.js';
import { instant } from '../../words/dates.js';

const services = [
  ['identity', 'Identités'],
  ['documents', 'Documents'],
  ['dmp', 'DMP'],
  ['indicators', 'Indicateurs'],
] as const;

/** Events between services that one of them could not apply. */
export function ParkedEvents() {
  return (
    <div className="two">
      {services.map(([service, name]) => (
        <EventsOf key={service} service={service} name={name} />
      ))}
    </div>
  );
}

function EventsOf({ service, name }: { readonly service: string; readonly name: string }) {
  const path = `/api/${service}/v1/parked-events`;
  const queries = useQueryClient();
  const list = useList(path, parkedEventSchema, {}, { refreshMs: 10_000 });
  return (
    <Block title={`Échanges internes mis de côté : ${name}`}>
      <ListTable
        caption={`Échanges internes mis de côté, ${name}`}
        noun={['échange', 'échanges']}
        list={list}
        keyOf={({ id }) => id}
        empty={<Blank title="Aucun échange mis de côté." />}
        columns={[
          { title: 'Depuis', kind: 'nowrap', cell: ({ parkedAt }) => instant(parkedAt) },
          {
            title: 'Motif',
            cell: ({ textFr, code }) => (
              <>
                {textFr} <code className="soft">{code}</code>
              </>
            ),
          },
          {
            title: 'Décision',
            cell: ({ id }) => (
              <ConfirmAction
                label="Rejouer"
                question="Rejouer cet échange ?"
                consequence="À faire une fois la cause levée : l’échange est appliqué à nouveau, puis ceux qui l’attendaient."
                run={async () => {
                  await post(`${path}/${id}/replay`, replaySchema);
                  await queries.invalidateQueries({ queryKey: [path] });
                }}
              />
            ),
          },
        ]}
      />
    </Block>
  );
}
