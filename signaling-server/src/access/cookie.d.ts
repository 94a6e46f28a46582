/** The package that socket.io brings has no types of its own. */
declare module "cookie" {
  /** Of several of one name the first counts, which browsers send for the longest path. */
  export function parse(header: string): { [name: string]: string };
}
