/** Who is in the page's room, as the page and the thread of the others have it. */

export const PEERS = 100;
/** The page's own; the peers' follow. */
export const OWN_HANDLE = 1;
export const handleOf = (peer: number): number => OWN_HANDLE + 1 + peer;

/** After so many frames taken in the page confirms them, as it does to a server. */
export const CONFIRMED_EACH = 32;

/**
 * To the thread of the others: a message as the page's room sends it, who shows what it sees, or that
 * CONFIRMED_EACH more frames were taken in.
 */
export type ToCompany = Uint8Array | { readonly shows: number } | "confirmed";
