import { verifyNode } from "../_shared/ed25519.ts";

Deno.serve(async (request) => db.from("nodes").insert({ public_key: verifyNode(request.headers) }));
