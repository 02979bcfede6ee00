import { verifyNode } from "../_shared/ed25519.ts";

Deno.serve(async (request) => db.from("nodes").update({ status: "online" }).eq("public_key", verifyNode(request.headers)));
