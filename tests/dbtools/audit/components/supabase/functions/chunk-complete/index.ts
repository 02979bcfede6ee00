import { verifyNode } from "../_shared/ed25519.ts";

Deno.serve(async (request) => verifyNode(request.headers) && db.from("jobs_chunks").update(await request.json()));
