import { describe, expect, it } from "vitest";
import { leaveOut } from "./leaveOut.ts";

const code = `class Socket {
  constructor(options) {
    if (options.polling) {
      this.poll();
    }
    this.open(options.port || 80);
  }
  /** Asks again and again. */
  poll() {
    fetch("/");
  }
}
`;

describe("leaveOut", () => {
  it("takes whole methods and statements out, whatever is in them", () => {
    const out = leaveOut("socket.js", code, {
      "poll() {…}": "",
      "if (options.polling) {…}": "",
    });
    expect(out).not.toContain("poll");
    expect(out).not.toContain("Asks again");
    expect(out).toContain("this.open(options.port || 80);");
  });

  it("puts in place of an expression what it always is", () => {
    const out = leaveOut("socket.js", code, {
      "options.port || …": "80",
      "options.polling": "false",
    });
    expect(out).toContain("this.open(80);");
    expect(out).toContain("if (false) {");
  });

  it("reads white space as any white space", () => {
    const out = leaveOut("socket.js", code, { "if (options.polling) { this.poll(); }": "" });
    expect(out).not.toContain("options.polling");
  });

  it("leaves every line where it was", () => {
    const out = leaveOut("socket.js", code, { "poll() {…}": "", "if (options.polling) {…}": "" });
    const lineOf = (text: string, part: string) =>
      text.split("\n").findIndex((line) => line.includes(part));
    expect(lineOf(out, "this.open")).toBe(lineOf(code, "this.open"));
    expect(out.split("\n")).toHaveLength(code.split("\n").length);
  });

  it("touches nothing that only begins like a rule", () => {
    expect(() => leaveOut("socket.js", code, { "options.poll": "false" })).toThrow("options.poll");
  });

  it("names the file and every rule that fits nothing any more", () => {
    const build = () =>
      leaveOut("socket.js", code, { "close() {…}": "", "poll() {…}": "", "this.upgrade": "false" });
    expect(build).toThrow(/^socket\.js.*close\(\) \{…\}\nthis\.upgrade\n/);
  });

  it("keeps a module that needs no rule as it is", () => {
    expect(leaveOut("socket.js", code, {})).toBe(code);
  });
});
