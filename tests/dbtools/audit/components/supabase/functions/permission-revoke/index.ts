Deno.serve(async (request) => db.from("nodes_permissions").delete().eq("id", await request.text()));
