/** A PDF 1.4 of these object bodies, numbered from 1; the first is the catalog. */
export function pdfFile(bodies: readonly (string | Buffer)[]): Buffer {
  // one byte a character: the offsets of the table count on it
  const latin = (text: string) => Buffer.from(text, 'latin1');
  const head = latin('%PDF-1.4\n');
  const objects = bodies.map((body, index) =>
    Buffer.concat([latin(`${index + 1} 0 obj\n`), typeof body === 'string' ? latin(body) : body, latin('\nendobj\n')]),
  );
  const offsets: number[] = [];
  const start = objects.reduce((offset, object) => (offsets.push(offset), offset + object.length), head.length);
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const tail = `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.concat([head, ...objects, latin(tail)]);
}
