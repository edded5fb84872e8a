import { useQuery } from '@tanstack/react-query';
import { Button } from '@mantine/core';
import { getDocument, GlobalWorkerOptions, type PDFDocumentProxy } from 'pdfjs-dist';
import worker from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { useEffect, useRef, useState } from 'react';
import { ApiProblem, bytes } from '../../api/client.js';
import { Blank } from '../../parts/blank.js';
import { Block } from '../../parts/block.js';
import { Fault } from '../../parts/fault.js';
import { Loading } from '../../parts/loading.js';
import { many } from '../../words/numbers.js';

GlobalWorkerOptions.workerSrc = worker;
const FIRST_PAGES = 3;

/** The document as a person reads it. Only asked for when wanted: reading it is traced. */
export function Rendition({ id }: { readonly id: string }) {
  const [wanted, setWanted] = useState(false);
  const pdf = useQuery({
    queryKey: ['rendition', id],
    queryFn: async ({ signal }) => {
      const data = await bytes(`/api/documents/v1/documents/${id}/rendition`, signal);
      return getDocument({ data, enableXfa: false }).promise;
    },
    enabled: wanted,
    staleTime: Infinity,
    gcTime: 0,
    structuralSharing: false,
  });
  return (
    <Block title="Document" aside={pdf.data && <span className="soft small">{many(pdf.data.numPages, 'page')}</span>}>
      {!wanted && (
        <Blank title="Le document n’est pas affiché.">
          <p>Son contenu est confidentiel : l’afficher est tracé à votre nom.</p>
          <Button mt={12} variant="default" onClick={() => setWanted(true)}>
            Afficher le document
          </Button>
        </Blank>
      )}
      {wanted && pdf.isPending && <Loading what="le document" lines={10} />}
      {pdf.error && <NotShown error={pdf.error} retry={() => void pdf.refetch()} />}
      {pdf.data?.numPages === 0 && (
        <Blank title="Ce PDF n’a aucune page.">
          Le document reçu est vide : le signaler à l’application émettrice.
        </Blank>
      )}
      {pdf.data && pdf.data.numPages > 0 && <Pages pdf={pdf.data} />}
    </Block>
  );
}

function NotShown({ error, retry }: { readonly error: Error; readonly retry: () => void }) {
  if (!(error instanceof ApiProblem))
    return (
      <Blank title="Ce PDF ne peut pas être lu.">
        Le fichier reçu est abîmé : le signaler à l’application émettrice.
      </Blank>
    );
  if (error.status !== 404) return <Fault error={error} retry={retry} />;
  return <Blank title="Aucune version lisible.">Ce document ne peut pas être montré en PDF.</Blank>;
}

function Pages({ pdf }: { readonly pdf: PDFDocumentProxy }) {
  const [shown, setShown] = useState(Math.min(FIRST_PAGES, pdf.numPages));
  return (
    <>
      <div className="pdf" tabIndex={0} role="group" aria-label="Pages du document">
        {Array.from({ length: shown }, (_, index) => (
          <Page key={index} pdf={pdf} number={index + 1} />
        ))}
      </div>
      {shown < pdf.numPages && (
        <Button mt={10} size="xs" variant="default" onClick={() => setShown(pdf.numPages)}>
          Afficher les {pdf.numPages} pages
        </Button>
      )}
    </>
  );
}

function Page({ pdf, number }: { readonly pdf: PDFDocumentProxy; readonly number: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [text, setText] = useState('');
  useEffect(() => {
    let task: { cancel: () => void } | undefined;
    let gone = false;
    const draw = async () => {
      const page = await pdf.getPage(number);
      const target = canvas.current;
      if (gone || !target) return;
      const viewport = page.getViewport({ scale: 1.6 });
      target.width = viewport.width;
      target.height = viewport.height;
      const rendering = page.render({ canvas: target, viewport });
      task = rendering;
      await rendering.promise;
      const content = await page.getTextContent();
      setText(content.items.map((item) => ('str' in item ? item.str : '')).join(' '));
    };
    draw().catch((error: unknown) => {
      if (!gone) setText(`Page illisible : ${String(error)}`);
    });
    return () => {
      gone = true;
      task?.cancel();
    };
  }, [pdf, number]);
  return (
    <>
      <canvas ref={canvas} role="img" aria-label={`Page ${number}`} />
      <p className="sr">{text}</p>
    </>
  );
}
