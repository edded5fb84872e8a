import { DocumentStory, LETTER, PRESCRIPTION, stayStory, type Told } from './stories.js';

/** The eleven stays of the golden count, as the events of their owners; numbers are theirs alone. */
export function elevenStays(): readonly { readonly name: string; readonly events: readonly Told[] }[] {
  const letter = (number: string) => new DocumentStory(number, { typeCode: LETTER });
  const prescription = (number: string) => new DocumentStory(number, { typeCode: PRESCRIPTION }).deposited();
  const both = (number: string) => [letter(number).deposited(), prescription(number)];
  const at = (endedAt: string) => ({ endedAt: new Date(endedAt).toISOString() });
  const stories = {
    S01: stayStory(at('2023-02-01T10:00:00+01:00'), {}, both),
    S02: stayStory(at('2023-02-03T10:00:00+01:00'), {}, (number) => [letter(number).deposited()]),
    S03: stayStory(at('2023-02-10T10:00:00+01:00'), { status: 'validee', ins: null }, (number) => [
      letter(number).held('INS_NOT_QUALIFIED'),
    ]),
    S04: stayStory({ ...at('2023-03-01T10:00:00+01:00'), endedByDeath: true }, {}, (number) => [
      letter(number).deposited(),
    ]),
    S05: stayStory(at('2023-03-05T10:00:00+01:00'), { dmpOpposition: 'opposed' }),
    S06: stayStory(at('2023-03-07T10:00:00+01:00'), {}, (number) => [letter(number).refused('DMPClosed')]),
    S07: stayStory(at('2023-04-02T10:00:00+02:00'), {}, both),
    S08: stayStory(at('2023-07-01T00:30:00+02:00'), {}, both),
    S09: stayStory({ ...at('2023-05-05T10:00:00+02:00'), patientClass: 'O' }),
    S10: stayStory(at('2023-05-20T10:00:00+02:00'), {}, (number) => [
      letter(number).deposited().withdrawn(),
      prescription(number),
    ]),
    S11: stayStory(at('2023-06-30T23:30:00+02:00'), {}, (number) => {
      const first = letter(number).deposited();
      const second = new DocumentStory(number, { lineageId: first.lineageId, version: 2 }).deposited('replace');
      return [first, second, prescription(number)];
    }),
  };
  return Object.entries(stories).map(([name, { events }]) => ({ name, events }));
}
