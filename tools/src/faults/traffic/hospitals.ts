import { Ght, loadGhtFile } from '@pfi/platform-settings';
import { senderOf } from '../../demo/player/index.js';
import type { Stack } from '../../stack/stack.js';
import type { Hospital } from './stories.js';

/** The hospitals of the GHT file of this platform that send. */
export function hospitalsOf(stack: Stack): Hospital[] {
  const ght = new Ght(loadGhtFile(stack.surroundings.ghtFile, stack.env('documents')));
  const sender = (key: string) => senderOf(ght, key);
  return [
    { gam: sender('gam'), dpi: sender('dpi-a'), laboratory: sender('sil'), portal: sender('dpi-rest') },
    { gam: sender('gam-pannes'), dpi: sender('dpi-pannes') },
  ];
}
