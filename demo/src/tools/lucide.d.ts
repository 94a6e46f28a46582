declare module "lucide:*" {
  const shapes: import("./icons.ts").IconShapes;
  export default shapes;
}
