import { expect, test } from "vitest";
import { parseTrace } from "./trace.ts";

const header = "client timestamp,button,state,x,y";

test("moves, drags and clicks are read", () => {
  const trace = parseTrace(`${header}\n10,NoButton,Move,3,4\r\n27,Left,Drag,-5,6\n`);
  expect(trace).toEqual([
    { x: 3, y: 4, time: 10, pressed: false },
    { x: -5, y: 6, time: 27, pressed: true },
  ]);
});

test("what is no trace is refused, with the line that is wrong", () => {
  expect(() => parseTrace("time,x,y\n1,2,3")).toThrow("columns");
  expect(() => parseTrace(`${header}\n10,NoButton,Move,3,4\n11,NoButton,Move,a,4`)).toThrow(
    "Line 3",
  );
});
