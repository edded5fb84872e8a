import { Link } from 'react-router';
import { stayNumber, type Document } from '../../api/documents.js';
import { Badge } from '../../parts/badge.js';
import type { Column } from '../../parts/table.js';
import { documentType } from '../../words/document-types.js';
import { instant } from '../../words/dates.js';
import { channels, deliveryStates, documentStates } from '../../words/states.js';

/** A document in a list. */
export const documentColumns: readonly Column<Document>[] = [
  { title: 'Reçu', kind: 'nowrap', cell: ({ receivedAt }) => instant(receivedAt) },
  {
    title: 'Document',
    cell: ({ id, title, typeCode, version }) => (
      <>
        <Link to={`/documents/${id}`}>{title || documentType(typeCode)}</Link>
        <div className="soft small">
          {documentType(typeCode)}
          {version > 1 && ` · version ${version}`}
        </div>
      </>
    ),
  },
  { title: 'Source', cell: ({ source }) => source },
  { title: 'Séjour', kind: 'nowrap', cell: ({ stay }) => stayNumber(stay) ?? <span className="soft">sans</span> },
  { title: 'État', kind: 'nowrap', cell: ({ state }) => <Badge words={documentStates} state={state} /> },
  {
    title: 'Envois et motif',
    cell: (document) => (
      <>
        <span className="small">{summary(document)}</span>
        {document.reasons[0] && <div className="soft small">{document.reasons[0].text}</div>}
      </>
    ),
  },
];

function summary({ deliveries }: Document): string {
  const said = deliveries
    .filter(({ state }) => state !== 'not-applicable')
    .map(({ channel, state }) => {
      const word = deliveryStates[state as keyof typeof deliveryStates];
      return `${channels[channel] ?? channel} : ${word?.label.toLowerCase() ?? state}`;
    });
  return said.length > 0 ? [...new Set(said)].join(' · ') : 'aucun envoi';
}
