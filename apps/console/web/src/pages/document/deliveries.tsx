import { recipientOf, type Delivery } from '../../api/documents.js';
import { Badge } from '../../parts/badge.js';
import { Blank } from '../../parts/blank.js';
import { Table } from '../../parts/table.js';
import { instant } from '../../words/dates.js';
import { channels, deliveryStates, forms, operations } from '../../words/states.js';

export function Deliveries({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  if (deliveries.length === 0) return <Blank title="Aucun envoi pour ce document." />;
  return (
    <Table
      caption="Envois de ce document"
      items={deliveries}
      keyOf={({ id }) => id}
      columns={[
        {
          title: 'Canal',
          kind: 'nowrap',
          cell: ({ channel, operation }) => (
            <>
              {channels[channel] ?? channel}
              {operation !== 'send' && <div className="soft small">{operations[operation] ?? operation}</div>}
            </>
          ),
        },
        { title: 'Destinataire', cell: (delivery) => recipientOf(delivery) },
        { title: 'Forme', kind: 'nowrap', cell: ({ form }) => (form ? (forms[form] ?? form) : '') },
        { title: 'État', kind: 'nowrap', cell: ({ state }) => <Badge words={deliveryStates} state={state} /> },
        {
          title: 'Motif ou réponse',
          cell: ({ reasons, outcomeCode }) => (
            <>
              {reasons.map(({ code, text }) => (
                <div key={code}>{text || code}</div>
              ))}
              {outcomeCode && <code className="soft">{outcomeCode}</code>}
            </>
          ),
        },
        { title: 'Essais', kind: 'num', cell: ({ attempts }) => attempts },
        { title: 'Depuis', kind: 'nowrap', cell: ({ at }) => instant(at) },
      ]}
    />
  );
}
