const whole = new Intl.NumberFormat('fr-FR');
const decimals = new Intl.NumberFormat('fr-FR', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const count = (value: number): string => whole.format(value);

/** A rate in percent, cut and not rounded: 68,999 % must not read as a target of 69 % reached. */
export const percent = (rate: number | null): string =>
  rate === null ? 'non calculable' : `${decimals.format(Math.floor(rate * 100 + 1e-9) / 100)} %`;

/** `1 document`, `2 documents`; zero is singular in French. */
export const many = (value: number, one: string, several: string = `${one}s`): string =>
  `${count(value)} ${value < 2 ? one : several}`;
