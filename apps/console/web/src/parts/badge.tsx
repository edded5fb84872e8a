import { wordOf, type Word } from '../words/states.js';

/** A state in words; the colour repeats it, and never says more. */
export function Badge({
  words,
  state,
  big = false,
}: {
  readonly words: Readonly<Record<string, Word>>;
  readonly state: string;
  readonly big?: boolean;
}) {
  const { label, tone, explained } = wordOf(words, state);
  return (
    <span className={big ? 'badge big' : 'badge'} data-tone={tone} title={explained}>
      {label}
    </span>
  );
}
