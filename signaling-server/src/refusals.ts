/** Refusals that more than one part of the server gives. */

/** To a socket whose member has a newer one, here or on another node. */
export const REPLACED = {
  code: "replaced",
  message: "A newer socket of the same peer has taken its place.",
} as const;
