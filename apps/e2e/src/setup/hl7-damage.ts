/** One segment of a message rewritten; every other byte stays. Segment names that occur once, or the first of them. */
export function withSegment(message: Buffer, name: string, rewrite: (segment: string) => string): Buffer {
  const lines = message.toString('latin1').split('\r');
  const index = lines.findIndex((line) => line.startsWith(`${name}|`));
  if (index < 0) throw new Error(`the message has no ${name}`);
  lines[index] = rewrite(lines[index] as string);
  return Buffer.from(lines.join('\r'), 'latin1');
}

export function withoutSegment(message: Buffer, name: string): Buffer {
  const lines = message.toString('latin1').split('\r');
  return Buffer.from(lines.filter((line) => !line.startsWith(`${name}|`)).join('\r'), 'latin1');
}

/** One field replaced; numbers as HL7 counts them, MSH-1 being the separator itself. */
export function withField(message: Buffer, name: string, field: number, value: string): Buffer {
  return withSegment(message, name, (segment) => {
    const fields = segment.split('|');
    fields[name === 'MSH' ? field - 1 : field] = value;
    return fields.join('|');
  });
}
