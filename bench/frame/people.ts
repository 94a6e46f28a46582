/** Who is in the page's room, as the page and the thread of the others have it. */

export const PEERS = 100;
/** The page's own; the peers' follow. */
export const OWN_HANDLE = 1;
export const handleOf = (peer: number): number => OWN_HANDLE + 1 + peer;

/** To the thread of the others: a message as the page's room sends it, or who shows what it sees. */
export type ToCompany = Uint8Array | { readonly shows: number };
