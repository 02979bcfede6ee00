const SELF = "/functions/v1/token-issue";
Deno.serve(async () => Response.json({ path: SELF }));
