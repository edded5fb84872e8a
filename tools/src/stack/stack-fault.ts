/** Something the person at the keyboard can mend: the message is one line that says what, and how. */
export class StackFault extends Error {
  override readonly name = 'StackFault';
}
