Deno.serve(async () => Response.json({}));
