/**
 * Leaves parts of somebody else's module out that a program never gets to. A rule says what is left
 * out as the module has it, so that nobody has to trust a patch: a method that is never called, an
 * `if` whose condition never holds, an expression that is always the same. A rule that fits nothing
 * any more stops the build, for then the module is another one than the rule was written for.
 */
import { parseSync } from "vite";

/**
 * What is left out, and what stays instead of it (mostly nothing). A key is the source of one whole
 * method, statement or expression; white space counts for nothing, and `…` stands for any code at all.
 */
export type Omissions = { readonly [source: string]: string };

/** Lines stay where they are, so that a source map of lines still fits. Throws on a rule that fits nothing. */
export function leaveOut(file: string, code: string, omissions: Omissions): string {
  const rules = Object.entries(omissions).map(([source, stays]) => ({
    source,
    stays,
    pattern: patternOf(source),
    used: false,
  }));
  let out = "";
  let done = 0;
  const { program, comments } = parseSync(file, code);
  /** Where the comment begins that stands right before. */
  const withComment = (start: number): number =>
    comments.findLast(({ end }) => end <= start && code.slice(end, start).trim() === "")?.start ??
    start;
  const visit = (node: Node): void => {
    const found = code.slice(node.start, node.end);
    const rule = rules.find(({ pattern }) => pattern.test(found));
    if (rule !== undefined) {
      rule.used = true;
      const start = rule.stays === "" ? withComment(node.start) : node.start;
      const lines = code.slice(start, node.end).split("\n").length - rule.stays.split("\n").length;
      out += code.slice(done, start) + rule.stays + "\n".repeat(lines);
      done = node.end;
      return;
    }
    // In the order of the source, which is that of the syntax tree's fields but for few of them.
    for (const child of Object.values(node).flat().filter(isNode).sort(byStart)) visit(child);
  };
  visit(program);
  const unused = rules.filter(({ used }) => !used).map(({ source }) => source);
  if (unused.length > 0) {
    throw new Error(
      `${file} has another form than what is left out of it: ${unused.join("\n")}\nLook at its changes, then at the rule.`,
    );
  }
  return out + code.slice(done);
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && "start" in value;

const byStart = (a: Node, b: Node): number => a.start - b.start;

/** Letters and digits keep apart what white space keeps apart; elsewhere it may come and go. */
function patternOf(source: string): RegExp {
  const parts = source.split("…").map((part) =>
    part
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
      .join("\\s+"),
  );
  return new RegExp(`^${parts.join("[^]*")}$`);
}
