// Better Auth with its SCIM plugin on SQLite in memory.
// usage: node better_auth.mjs PORT TOKEN [limited]
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { scim } from "@better-auth/scim";
import Database from "better-sqlite3";

const [port, token, limited] = process.argv.slice(2);
const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: "a-secret-of-these-tests-0123456789abcdef",
  database: new Database(":memory:"),
  telemetry: { enabled: false },
  rateLimit: { enabled: limited === "limited", window: 10, max: 100 },
  advanced: { ipAddress: { ipAddressHeaders: ["x-forwarded-for"] } },
  plugins: [scim({ connections: [{ id: "tests", credentials: [{ type: "bearer", id: "one", token }] }] })],
});
await (await getMigrations(auth.options)).runMigrations();
createServer(toNodeHandler(auth)).listen(Number(port), "127.0.0.1");
