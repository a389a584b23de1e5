import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// While developing, the API is the real program: `vernis serve` on its usual port.
const SERVER = process.env.VERNIS_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", sourcemap: false, chunkSizeWarningLimit: 900 },
  server: { proxy: { "/api": SERVER } },
});
