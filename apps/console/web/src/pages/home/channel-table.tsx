import type { Activity } from '../../api/documents.js';
import { Blank } from '../../parts/blank.js';
import { Table } from '../../parts/table.js';
import { count } from '../../words/numbers.js';
import { channels as channelWords, deliveryStates } from '../../words/states.js';

const states = ['pending', 'held', 'parked', 'sent', 'delivered', 'refused'] as const;

/** Open deliveries of any age, and those that ended today. */
export function ChannelTable({ channels }: { readonly channels: Activity['channels'] }) {
  const rows = Object.keys(channelWords).map((channel) => ({
    channel,
    counts: new Map(channels.filter((one) => one.channel === channel).map((one) => [one.state, one.count])),
  }));
  if (channels.length === 0) return <Blank title="Aucun envoi ouvert, ni terminé aujourd’hui." />;
  return (
    <Table
      caption="Envois par canal et par état"
      items={rows}
      keyOf={({ channel }) => channel}
      columns={[
        { title: 'Canal', kind: 'nowrap', cell: ({ channel }) => channelWords[channel] },
        ...states.map((state) => ({
          title: deliveryStates[state].label,
          kind: 'num' as const,
          cell: ({ counts }: (typeof rows)[number]) => count(counts.get(state) ?? 0),
        })),
      ]}
    />
  );
}
