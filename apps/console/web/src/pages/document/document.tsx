import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { ApiProblem, get } from '../../api/client.js';
import { documentSchema, neighbourId, stayNumber, type Document } from '../../api/documents.js';
import { Badge } from '../../parts/badge.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import { PageHead } from '../../parts/page-head.js';
import { useSession } from '../../shell/session-context.js';
import { NotFound } from '../../shell/no-way.js';
import { PatientLink } from '../../shell/patient-link.js';
import { usePerimeters } from '../../shell/use-perimeters.js';
import { documentType } from '../../words/document-types.js';
import { instant, preciseInstant } from '../../words/dates.js';
import { documentStates, wordOf } from '../../words/states.js';
import { DocumentActions } from './actions.js';
import { Deliveries } from './deliveries.js';
import { Rendition } from './rendition.js';

const REFRESH_MS = 2_000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What became of one document; it follows the platform by itself. */
export default function DocumentPage() {
  const { id = '' } = useParams();
  const known = uuid.test(id);
  const found = useQuery({
    queryKey: ['document', id],
    queryFn: ({ signal }) => get(`/api/documents/v1/documents/${id}`, documentSchema, signal),
    refetchInterval: REFRESH_MS,
    enabled: known,
  });
  if (!known || (found.error instanceof ApiProblem && found.error.status === 404)) return <NotFound />;
  if (found.error && !found.data) return <Fault error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading what="le document" lines={8} />;
  return <Shown document={found.data} />;
}

function Shown({ document }: { readonly document: Document }) {
  const { can } = useSession();
  const state = wordOf(documentStates, document.state);
  return (
    <>
      <PageHead
        title={document.title || documentType(document.typeCode)}
        windowTitle={`Document ${document.controlId}`}
        aside={can('operator') && <DocumentActions document={document} />}
      >
        {documentType(document.typeCode)} · reçu de {document.source} le {instant(document.receivedAt)}
      </PageHead>
      <div className="stack">
        <div className="row" role="status" aria-label="État du document">
          <Badge words={documentStates} state={document.state} big />
          <span>{state.explained}</span>
        </div>
        {distinct(document).map(({ code, text }) => (
          <div key={code + text} className="reason" data-tone={state.tone}>
            {text} <code className="soft">{code}</code>
          </div>
        ))}
        <Block title="Envois">
          <Deliveries deliveries={document.deliveries} />
        </Block>
        <div className="narrow-wide">
          <div className="stack">
            <Rendition id={document.id} />
          </div>
          <div className="stack">
            <Block title="Ce qui s’est passé">
              {document.timeline.length === 0 ? <Blank title="Rien encore." /> : <Timeline document={document} />}
            </Block>
            <Block title="Fiche">
              <Facts document={document} />
            </Block>
          </div>
        </div>
      </div>
    </>
  );
}

/** One line for a reason, however many deliveries share it. */
const distinct = ({ reasons }: Document) => [...new Map(reasons.map((one) => [one.code + one.text, one])).values()];

function Timeline({ document }: { readonly document: Document }) {
  return (
    <ol className="timeline">
      {document.timeline.map(({ at, event, text }, index) => (
        <li key={`${at}${event}${index}`}>
          <time dateTime={at}>{preciseInstant(at)}</time>
          {text}
        </li>
      ))}
    </ol>
  );
}

function Facts({ document }: { readonly document: Document }) {
  const { nameOf } = usePerimeters();
  const [before, after] = [neighbourId(document.replaces), neighbourId(document.replacedBy)];
  const stay = stayNumber(document.stay);
  return (
    <dl className="facts">
      <dt>Version</dt>
      <dd>
        {document.version}
        {before && (
          <>
            {' · '}
            <Link to={`/documents/${before}`}>remplace la version précédente</Link>
          </>
        )}
        {after && (
          <>
            {' · '}
            <Link to={`/documents/${after}`}>remplacé par une version plus récente</Link>
          </>
        )}
      </dd>
      <dt>Patient</dt>
      <dd>{document.patientId ? <PatientLink id={document.patientId} /> : 'pas encore reconnu'}</dd>
      <dt>Séjour</dt>
      <dd>{stay ? <Link to={`/documents?stay=${encodeURIComponent(stay)}`}>{stay}</Link> : 'non indiqué'}</dd>
      <dt>Établissement</dt>
      <dd>{nameOf(document.establishment)}</dd>
      <dt>Entité juridique</dt>
      <dd>{nameOf(document.legalEntity)}</dd>
      <dt>Date du document</dt>
      <dd>{document.effectiveAt ? instant(document.effectiveAt) : 'non indiquée'}</dd>
      <dt>Niveau CDA</dt>
      <dd>{document.level}</dd>
      <dt>Message</dt>
      <dd>
        <code>{document.controlId}</code>
      </dd>
      <dt>Identifiant</dt>
      <dd>
        <code>{document.documentId}</code>
      </dd>
    </dl>
  );
}
