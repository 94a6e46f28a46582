/** A server with the library's test page and signaling, as tests start it. */
import { pageFiles } from "./page-files.ts";
import { type Library, type LibraryOptions, serveLibrary } from "./serve-library.ts";

/**
 * Serves the test page, built as an app's would be, and signaling on one port. `files` is a page that
 * was built before.
 */
export async function startLibrary({
  files,
  ...options
}: LibraryOptions & { files?: ReadonlyMap<string, string> } = {}): Promise<Library> {
  return serveLibrary(files ?? (await pageFiles()), options);
}

export type { Library };
