/**
 * Signed numbers in as few bits as they need. They are folded (0, −1, 1, −2, … become 0, 1, 2, 3, …)
 * and written in exponential Golomb code of order k: with n + 2^k having k + 1 + q binary digits,
 * q ones, a zero, then those digits but the first. A larger k suits larger numbers.
 */

export const fold = (n: number): number => (n < 0 ? -2 * n - 1 : 2 * n);
export const unfold = (n: number): number => (n % 2 === 0 ? n / 2 : -(n + 1) / 2);

/** Binary digits of a number from 1, of at most 32 bits. */
export const digits = (n: number): number => 32 - Math.clz32(n);

/** Bits that a number of less than 30 bits takes. */
export const golombLength = (n: number, order: number): number =>
  2 * digits(fold(n) + 2 ** order) - order - 1;
