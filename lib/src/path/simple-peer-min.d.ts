/** The only file of simple-peer that bundlers take without configuration; it comes without types. */
declare module "simple-peer/simplepeer.min.js";
