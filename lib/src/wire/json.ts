/**
 * JSON from strangers. `JSON.parse` itself makes `__proto__` an ordinary own property, but one
 * `Object.assign` later it would replace a prototype, so the key does not get in at all.
 */
export function parseJson(text: string): unknown {
  return text.includes("__proto__") || text.includes("\\u005f") || text.includes("\\u005F")
    ? JSON.parse(text, (key, value: unknown) => (key === "__proto__" ? undefined : value))
    : JSON.parse(text);
}
