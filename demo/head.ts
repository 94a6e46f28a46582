import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const PLACE = "<!-- head.html -->";

/** Puts what all pages have in their heads where each says so; before Vite looks for what they link to. */
export function sharedHead(): Plugin {
  const file = new URL("head.html", import.meta.url);
  return {
    name: "skein-demo:head",
    transformIndexHtml: {
      order: "pre",
      handler(html) {
        if (!html.includes(PLACE)) throw new Error(`A page has no ${PLACE}.`);
        return html.replace(PLACE, readFileSync(file, "utf8").trim());
      },
    },
  };
}
