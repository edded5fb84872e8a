import { describe, expect, it } from '@jest/globals';
import { writeCdaForTests } from '@pfi/cda/testing';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { renderCda } from './render-cda.js';

/** A level 3 document whose only section holds this narrative. */
const withText = (narrative: string, title = 'Compte rendu'): Buffer =>
  Buffer.from(
    writeCdaForTests('N3', { title })
      .toString()
      .replace(/<text><table[\s\S]*?<\/text>/, () => `<text>${narrative}</text>`),
  );

/** What a reader of the PDF finds: the text of each page, spaces taken away. */
async function textOf(pdf: Buffer): Promise<string[]> {
  const document = await getDocument({ data: new Uint8Array(pdf), useSystemFonts: false, verbosity: 0 }).promise;
  const pages: string[] = [];
  for (let number = 1; number <= document.numPages; number += 1) {
    const { items } = await (await document.getPage(number)).getTextContent();
    pages.push(
      items
        .map((item) => ('str' in item ? item.str : ''))
        .join('')
        .replace(/\s/g, ''),
    );
  }
  return pages;
}
const rendered = async (narrative: string) => (await textOf(await renderCda(withText(narrative)))).join('');

describe('the rendering of a structured document', () => {
  it('shows its head: patient with INS, dates, author, custodian', async () => {
    const text = (await textOf(await renderCda(withText('x', 'Lettre & « suites »')))).join('');
    for (const said of [
      'Lettre&«suites»',
      'ESSAI-CHÊNEJEANNEÉLISE',
      '12/05/1979',
      '279059935004',
      'IPP0001',
      '02/01/202610:15',
      'AnneMÉDECIN',
      'CHDESESSAIS',
    ])
      expect(text).toContain(said);
  });

  it('shows every element of the narrative, known or not', async () => {
    const text = await rendered(`un texte nu<br/>deuxième ligne
      <paragraph>un paragraphe <content styleCode="Bold Italics">gras</content> et <linkHtml href="https://a.fr">un lien</linkHtml></paragraph>
      <list listType="ordered"><caption>la liste</caption><item>premier</item><item>second<list><item>dedans</item></list></item></list>
      <list><item>puce</item></list>
      <table><caption>le tableau</caption><colgroup><col/></colgroup><thead><tr><th>tête</th><th colspan="2">large</th></tr></thead>
        <tfoot><tr><td>pied</td></tr></tfoot>
        <tbody><tr><td rowspan="2">haut</td><td>a1</td><td>a2</td></tr><tr><td>b1</td><td><paragraph>b2</paragraph></td></tr></tbody></table>
      10<sup>9</sup>/L H<sub>2</sub>O &lt;5 € &amp; œuvre
      <content revised="delete">annulé</content> <footnote>une note</footnote> <inconnu>élément inconnu</inconnu>
      <renderMultiMedia referencedObject="absent"/> <![CDATA[<brut>]]>`);
    for (const said of [
      'untextenu',
      'deuxièmeligne',
      'unparagraphegrasetunlien',
      'laliste',
      '1.premier',
      '2.second',
      'dedans',
      '•puce',
      'letableau',
      'tête',
      'large',
      'pied',
      'haut',
      'a1',
      'a2',
      'b1',
      'b2',
      '109/L',
      'H2O',
      '<5€&œuvre',
      '[supprimé:annulé]',
      '[note:unenote]',
      'élémentinconnu',
      'nonreproduit',
      '<brut>',
    ])
      expect(text).toContain(said);
  });

  it('loses nothing of long tables, long cells and very long words', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => `<tr><td>ligne-${index}</td><td>valeur</td></tr>`).join('');
    const long = Array.from({ length: 2_000 }, (_, index) => `mot${index}`).join(' ');
    const word = 'x'.repeat(5_000);
    const narrow = `<table><tr>${Array.from({ length: 40 }, (_, index) => `<td>colonne${index}</td>`).join('')}</tr></table>`;
    const text = await rendered(
      `<table>${rows}</table><table><tr><td>${long}</td><td>court</td></tr></table><paragraph>${word}</paragraph>${narrow}`,
    );
    for (let index = 0; index < 300; index += 1) expect(text).toContain(`ligne-${index}`);
    for (let index = 0; index < 2_000; index += 1) expect(text).toContain(`mot${index}`);
    expect((text.match(/x/g) ?? []).length).toBeGreaterThanOrEqual(5_000);
  });

  it('numbers its pages and names the patient on each', async () => {
    const pages = await textOf(await renderCda(withText('<paragraph>p</paragraph>'.repeat(200))));
    expect(pages.length).toBeGreaterThan(2);
    pages.forEach((page, index) => {
      expect(page).toContain(`Page${index + 1}/${pages.length}`);
      expect(page).toContain('ESSAI-CHÊNE');
    });
  });

  it('is the same bytes each time, whatever was rendered in between', async () => {
    const once = await renderCda(withText('le même texte'));
    await renderCda(withText('un autre, avec d’autres lettres : ŒÆΩЖ'));
    expect((await renderCda(withText('le même texte'))).equals(once)).toBe(true);
  });

  it('draws the lines of a plain text body', async () => {
    const cda = Buffer.from(
      writeCdaForTests('N1')
        .toString()
        .replace(/<text mediaType[\s\S]*?<\/text>/, '<text mediaType="text/plain">une ligne\nune autre</text>'),
    );
    expect((await textOf(await renderCda(cda))).join('')).toContain('uneligneuneautre');
  });

  it('refuses a body that has no text', async () => {
    const cda = Buffer.from(writeCdaForTests('N1').toString().replace('application/pdf', 'image/tiff'));
    await expect(renderCda(cda)).rejects.toMatchObject({ code: 'CDA_INVALID' });
  });
});
