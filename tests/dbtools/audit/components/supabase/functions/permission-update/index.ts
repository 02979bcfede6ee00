// curl -X POST $URL/functions/v1/permission-update
Deno.serve(async (request) => db.from("nodes_permissions").update(await request.json()));
