const said = new Set<string>();

/** A word in the console for whoever writes the app; nothing in what is built for its users. */
export function warnOnce(message: string): void {
  if (!isDevelopment() || said.has(message)) return;
  said.add(message);
  console.warn(`skein/react: ${message}`);
}

declare const process: { readonly env: { readonly NODE_ENV?: string } };

/** Bundlers write the answer here. A page without one has no `process`. */
function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== "production";
  } catch {
    return false;
  }
}
