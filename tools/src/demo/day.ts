import { answerLost, busy, closed } from './stories/dmp-stories.js';
import {
  heldThenQualified,
  merged,
  neverQualified,
  opposed,
  otherIns,
  pdf,
  repeated,
  toSendAgain,
  vouched,
} from './stories/identity-stories.js';
import {
  bounced,
  closedByPatient,
  foundByRpps,
  greylisted,
  hiddenFromPatient,
  notInDirectory,
  read,
  unknownMailbox,
} from './stories/mail-stories.js';
import { biology, complete, goingOn, surgical, withoutLetter } from './stories/ordinary-stays.js';
import type { Place, Story } from './stories/stage.js';
import { replaced, replacedBeforeLeaving, withdrawn } from './stories/version-stories.js';

const times = (count: number, story: Story): Story[] => Array<Story>(count).fill(story);

/** Played first, alone: how long a new platform takes to its first deposit. */
export const firstStory = complete;

/** What happens in every place: about 66 stays, most of them without trouble. */
const everywhere: readonly Story[] = [
  ...times(8, complete),
  ...times(19, surgical),
  ...times(6, biology),
  ...times(8, heldThenQualified),
  ...times(2, neverQualified),
  ...times(2, withoutLetter),
  ...times(2, goingOn),
  ...times(2, foundByRpps),
  ...[opposed, otherIns, closed, busy, answerLost, repeated, merged],
  ...[replaced, replacedBeforeLeaving, withdrawn],
  ...[unknownMailbox, bounced, greylisted, notInDirectory, closedByPatient, read, hiddenFromPatient],
];

/** The day of each place. */
export const day: readonly { readonly place: Place; readonly stories: readonly Story[] }[] = [
  {
    place: {
      name: 'Hôpital des Tilleuls',
      establishment: '990000119',
      unit: '1010',
      gam: 'gam',
      dpi: 'dpi-a',
      laboratory: 'sil',
    },
    stories: [...everywhere, vouched, vouched, pdf, pdf],
  },
  {
    place: {
      name: 'Hôpital du Vieux-Pont',
      establishment: '990000127',
      unit: '1020',
      gam: 'gam',
      dpi: 'dpi-a',
      laboratory: 'sil',
    },
    stories: [...everywhere, toSendAgain, toSendAgain, pdf],
  },
  {
    place: {
      name: 'Hôpital de Roche-Claire',
      establishment: '990000218',
      unit: '1010',
      gam: 'gam2',
      dpi: 'dpi2',
      laboratory: 'dpi2',
    },
    stories: everywhere,
  },
];
