/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where phones on the local network reach this page, such as `http://192.168.1.20:5173`. */
  readonly VITE_LAN_ORIGIN?: string;
}
