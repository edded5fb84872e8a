import { NativeSelect } from '@mantine/core';
import { Link, useSearchParams } from 'react-router';
import { verdictSchema, type Verdict } from '../../api/indicators.js';
import { useList } from '../../api/use-list.js';
import { Badge } from '../../parts/badge.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { ListTable, type Column } from '../../parts/table.js';
import { useSession } from '../../shell/session-context.js';
import { usePerimeters } from '../../shell/use-perimeters.js';
import { documentType } from '../../words/document-types.js';
import { day, instant } from '../../words/dates.js';
import { countedDocumentWords, countedWords } from '../../words/states.js';
import { choiceOf } from './choice.js';

/** Every stay of the period with its verdict, its reason and its documents. */
export function Stays({ code }: { readonly code: string }) {
  const [params, setParams] = useSearchParams();
  const { nameOf } = usePerimeters();
  const { can } = useSession();
  const counted = params.get('counted') ?? '';
  const list = useList(
    `/api/indicators/v1/indicators/${encodeURIComponent(code)}/stays`,
    verdictSchema,
    { ...choiceOf(params), counted },
    { refreshMs: 15_000 },
  );
  const columns: readonly Column<Verdict>[] = [
    { title: 'Séjour', kind: 'nowrap', cell: ({ stay }) => <strong>{stay}</strong> },
    { title: 'Sortie', kind: 'nowrap', cell: ({ endedAt }) => instant(endedAt) },
    { title: 'Établissement', cell: ({ establishment }) => nameOf(establishment) },
    { title: 'Décompte', kind: 'nowrap', cell: (verdict) => <Badge words={countedWords} state={verdict.counted} /> },
    {
      title: 'Motif',
      cell: ({ reason, day: counting, endedAt }) => (
        <>
          {reason.text} <code className="soft">{reason.code}</code>
          {counting !== endedAt.slice(0, 10) && <div className="soft small">compté au {day(counting)}</div>}
        </>
      ),
    },
    {
      title: 'Documents',
      cell: ({ documents }) => <DocumentLinks documents={documents} linked={can('reader', 'operator')} />,
    },
  ];
  return (
    <Block
      title={`${code} : les séjours, un par un`}
      aside={
        <NativeSelect
          aria-label="Séjours montrés"
          value={counted}
          onChange={(event) => {
            const next = new URLSearchParams(params);
            next.set('code', code);
            if (event.currentTarget.value) next.set('counted', event.currentTarget.value);
            else next.delete('counted');
            setParams(next, { preventScrollReset: true });
          }}
          data={[
            { value: '', label: 'Tous les séjours' },
            { value: 'denominator', label: 'Non servis' },
            { value: 'numerator', label: 'Servis' },
            { value: 'excluded', label: 'Hors champ' },
          ]}
        />
      }
    >
      <ListTable
        caption={`Séjours comptés pour ${code}`}
        noun={['séjour', 'séjours']}
        list={list}
        keyOf={({ stayId }) => stayId}
        columns={columns}
        empty={
          <Blank title="Aucun séjour.">Choisir une autre période, un autre périmètre, ou un autre décompte.</Blank>
        }
      />
    </Block>
  );
}

function DocumentLinks({ documents, linked }: { readonly documents: Verdict['documents']; readonly linked: boolean }) {
  if (documents.length === 0) return <span className="soft">aucun</span>;
  return (
    <div className="tight">
      {documents.map(({ documentId, typeCode, version, state }) => (
        <span key={documentId} className="row">
          {linked ? <Link to={`/documents/${documentId}`}>{documentType(typeCode)}</Link> : documentType(typeCode)}
          {version > 1 && <span className="soft small">v{version}</span>}
          <Badge words={countedDocumentWords} state={state} />
        </span>
      ))}
    </div>
  );
}
