Deno.serve(async () => Response.json(await crypto.subtle.generateKey("Ed25519", true, ["sign"])));
