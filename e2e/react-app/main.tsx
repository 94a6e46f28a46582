import { StrictMode } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { App } from "./app.tsx";

declare global {
  interface Window {
    /** What React had to put right while it hydrated. */
    recovered: string[];
  }
}

const page = document.getElementById("app");
if (page === null) throw new Error("the page has no place for the app");
const app = (
  <StrictMode>
    <App />
  </StrictMode>
);
window.recovered = [];
if (page.firstElementChild === null) createRoot(page).render(app);
else {
  hydrateRoot(page, app, {
    onRecoverableError: (error) => window.recovered.push(String(error)),
  });
}
