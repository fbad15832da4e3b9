// SCIMMY and its routers on express. SCIMMY parses, validates, patches, filters, sorts and pages; only the Map behind it is written here.
// usage: node scimmy.mjs PORT TOKEN
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";
import { randomUUID } from "node:crypto";

const [port, token] = process.argv.slice(2);
const store = { User: new Map(), Group: new Map() };
const naming = { User: "userName", Group: "displayName" };

const fail = (status, scimType, message) => {
  throw new SCIMMY.Types.Error(status, scimType, message);
};

function declare(type) {
  const known = store[type];
  const held = (id) => known.get(id) ?? fail(404, null, `${type} ${id} not found`);
  SCIMMY.Resources.declare(SCIMMY.Resources[type])
    .ingress((resource, data) => {
      const old = resource.id ? held(resource.id) : undefined;
      const name = (one) => String(one[naming[type]] ?? "").toLowerCase();
      for (const other of known.values()) {
        if (other.id !== old?.id && name(other) === name(data)) fail(409, "uniqueness", `${naming[type]} is taken`);
      }
      const now = new Date().toISOString();
      const id = old?.id ?? randomUUID();
      const stored = { ...JSON.parse(JSON.stringify(data)), id, meta: { created: old?.meta.created ?? now, lastModified: now } };
      known.set(id, stored);
      return stored;
    })
    .egress((resource) => {
      if (resource.id) return held(resource.id);
      const all = [...known.values()];
      return resource.filter ? resource.filter.match(all) : all;
    })
    .degress((resource) => {
      held(resource.id);
      known.delete(resource.id);
      for (const group of store.Group.values()) group.members = (group.members ?? []).filter((member) => member.value !== resource.id);
    });
}

SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
declare("User");
declare("Group");

const handler = (request) => {
  if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("Authorization not detected");
  return "caller";
};
const app = express();
app.use("/scim", new SCIMMYRouters({ type: "bearer", docUri: "https://example.com/", handler }));
app.listen(Number(port), "127.0.0.1");
